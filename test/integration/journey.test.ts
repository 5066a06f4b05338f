import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { logIn, refresh } from '../support/journey.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('a login ends in a JWT that a resource server verifies with /jwks alone', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`))
  const { payload, protectedHeader } = await jwtVerify(String(tokens['access_token']), keys, {
    issuer: server.issuer,
    audience: TEST_RESOURCE,
    typ: 'at+jwt',
    algorithms: ['RS256'],
  })
  assert.equal(protectedHeader.alg, 'RS256')
  assert.equal(payload.sub, 'dev-1815')
  assert.equal(payload['client_id'], client.client_id)
  assert.equal(payload['scope'], 'mcp:tools')
  assert.equal(payload.aud, TEST_RESOURCE)
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 900)
})

test('a refresh rotates the refresh token of a public client', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(status, 200)
  assert.notEqual(body['refresh_token'], tokens['refresh_token'])
})
