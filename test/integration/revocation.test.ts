import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, logIn, refresh, register } from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

// RFC 7009. Introspection after a revocation: introspection.test.ts.

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const openid = { parameters: { scope: 'openid' } }

function revoke(fields: Record<string, string>, headers: Record<string, string> = {}) {
  return send(`${server.issuer}/revoke`, { headers, body: form(fields) })
}

async function isAlive(client: Client, tokens: Record<string, unknown>) {
  const authorization = `Bearer ${tokens['access_token']}`
  const userinfo = await send(`${server.issuer}/userinfo`, { headers: { authorization } })
  const refreshed = await refresh(server.issuer, client, tokens['refresh_token'])
  return { userinfo: userinfo.status, refresh: refreshed.status, error: refreshed.body['error'] }
}

const ALIVE = { userinfo: 200, refresh: 200, error: undefined }
const DEAD = { userinfo: 401, refresh: 400, error: 'invalid_grant' }

test('revoking a refresh token ends its grant: refresh and userinfo refuse at once', async () => {
  const { client, tokens } = await logIn(server.issuer, openid)
  const { client_id } = client
  const answer = await revoke({ client_id, token: String(tokens['refresh_token']) })
  assert.equal(answer.status, 200)
  assert.deepEqual(await isAlive(client, tokens), DEAD)
})

test('a wrong token_type_hint is ignored', async () => {
  const { client, tokens } = await logIn(server.issuer, openid)
  for (const token_type_hint of ['access_token', 'nonsense']) {
    const token = String(tokens['refresh_token'])
    const { status } = await revoke({ client_id: client.client_id, token, token_type_hint })
    assert.equal(status, 200, token_type_hint)
  }
  assert.deepEqual(await isAlive(client, tokens), DEAD)
})

test('revoking twice is 200 twice (RFC 7009 §2.2)', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const token = String(tokens['refresh_token'])
  for (const turn of [1, 2]) {
    assert.equal((await revoke({ client_id: client.client_id, token })).status, 200, `${turn}`)
  }
})

for (const token_type_hint of [undefined, 'access_token', 'refresh_token', 'nonsense']) {
  test(`revoking an access token ends its grant, refresh tokens included (hint: ${token_type_hint})`, async () => {
    const { client, tokens } = await logIn(server.issuer, openid)
    const other = await logIn(server.issuer, openid)
    const { client_id } = client
    const token = String(tokens['access_token'])
    const hint = token_type_hint === undefined ? {} : { token_type_hint }
    const lines = server.logLines.length
    assert.equal((await revoke({ client_id, token, ...hint })).status, 200)
    assert.deepEqual(await isAlive(client, tokens), DEAD)
    assert.deepEqual(await isAlive(other.client, other.tokens), ALIVE)
    const events = server.logLines.slice(lines).map((line) => JSON.parse(line))
    assert.equal(events.filter(({ audit }) => audit === 'grant_revoked').length, 1)
    assert.equal((await revoke({ client_id, token, ...hint })).status, 200, 'again')
  })
}

test('another client’s access token, an ID token and a JWT of somebody else end nothing', async () => {
  const { client, tokens } = await logIn(server.issuer, openid)
  const { client_id } = await register(server.issuer)
  assert.equal((await revoke({ client_id, token: String(tokens['access_token']) })).status, 200)
  const [header, claims] = String(tokens['access_token']).split('.')
  const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  for (const token of [
    String(tokens['id_token']),
    `${header}.${claims}.${'A'.repeat(342)}`,
    `${unsigned}.${claims}.`,
  ]) {
    assert.equal((await revoke({ client_id: client.client_id, token })).status, 200)
  }
  assert.deepEqual(await isAlive(client, tokens), ALIVE)
})

test('revoking an unknown token is a 200', async () => {
  const { client_id } = await register(server.issuer)
  for (const token of ['unknown', 'x'.repeat(2000), '\u0000', 'a.b.c', 'é ü']) {
    assert.equal((await revoke({ client_id, token })).status, 200, token)
  }
})

test("a client cannot revoke another client's token, whether it is public or confidential", async () => {
  const { client, tokens } = await logIn(server.issuer, openid)
  const token = String(tokens['refresh_token'])
  const { client_id } = await register(server.issuer)
  const asPublic = await revoke({ client_id, token })
  assert.equal(asPublic.status, 200, 'as for an unknown token')

  const stranger = await register(server.issuer, {
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const authorization = basic(stranger.client_id, stranger.client_secret ?? '')
  const asConfidential = await revoke({ token }, { authorization })
  assert.ok([200, 400].includes(asConfidential.status))
  assert.deepEqual(await isAlive(client, tokens), ALIVE)
})

test('a confidential client can revoke only with its secret', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const { client, tokens } = await logIn(server.issuer, { metadata, ...openid })
  const { client_id, client_secret = '' } = client
  const token = String(tokens['refresh_token'])
  for (const wrong of [{}, { client_secret: 'wrong' }]) {
    const answer = await revoke({ client_id, token, ...wrong })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_client'])
  }
  assert.deepEqual(await isAlive(client, tokens), ALIVE)
  assert.equal((await revoke({ client_id, client_secret, token })).status, 200)
  assert.deepEqual(await isAlive(client, tokens), DEAD)
})
