import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import {
  approve,
  authorize,
  buildAuthorization,
  logIn,
  refresh,
  register,
} from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('a sign-in yields a JWT that a resource server can verify with only /jwks', async () => {
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

test('A21: a response with a code has state and iss, once each', async () => {
  const client = await register(server.issuer)
  const authorization = buildAuthorization(server.issuer, client)
  const { searchParams } = await authorize(authorization)
  assert.deepEqual([...searchParams.keys()].sort(), ['code', 'iss', 'state'])
  assert.equal(searchParams.get('state'), authorization.state)
  assert.equal(searchParams.get('iss'), server.issuer)
})

test('POST /authorize works like GET', async () => {
  const client = await register(server.issuer)
  const { url } = buildAuthorization(server.issuer, client)
  const { searchParams } = new URL(url)
  const posted = await send(`${server.issuer}/authorize`, { body: searchParams })
  assert.equal(posted.status, 303)
  const agent = createUserAgent()
  const page = await agent.open(new URL(posted.headers.get('location') ?? '', server.issuer))
  assert.match((await approve(agent, page)).href, /code=/)
})
