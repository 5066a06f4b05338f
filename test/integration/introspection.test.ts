import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import { claimsOf, logIn, refresh } from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../support/server.ts'

// RFC 7662: a resource server asks under its resource URI, with the secret of the configuration.

const SECRET = 'first-resource-server: secret + 100%'
const OTHER_SECRET = 'other-resource-server-secret'
const MUTE_RESOURCE = 'https://mute.example.com/mcp'

const options = {
  env: { RESOURCES: '', FIRST_SECRET: SECRET, OTHER_SECRET },
  file: {
    resourceServers: [
      { resource: TEST_RESOURCE, introspectionSecretEnv: 'FIRST_SECRET' },
      { resource: OTHER_RESOURCE, introspectionSecretEnv: 'OTHER_SECRET' },
      { resource: MUTE_RESOURCE },
    ],
    defaultResource: TEST_RESOURCE,
    lifetimes: { refreshReuseWindowSeconds: 0 },
  },
}

let server: TestServer
before(async () => {
  server = await startTestServer(options)
})
after(() => server.close())

function introspect(token: unknown, authorization = basic(TEST_RESOURCE, SECRET), of = server) {
  const body = form({ token: String(token) })
  return send(`${of.issuer}/introspect`, { headers: { authorization }, body })
}

test('a resource server learns what a token of its own says', async () => {
  const { tokens } = await logIn(server.issuer)
  const answer = await introspect(tokens['access_token'])
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  const claims = claimsOf(tokens['access_token'])
  assert.deepEqual(jsonOf(answer), { active: true, token_type: 'Bearer', ...claims })
})

test('the secret may come in the form, or with an id that is not form-encoded', async () => {
  const { tokens } = await logIn(server.issuer)
  const token = String(tokens['access_token'])
  const posted = await send(`${server.issuer}/introspect`, {
    body: form({ token, client_id: OTHER_RESOURCE, client_secret: OTHER_SECRET }),
  })
  assert.equal(posted.status, 200)
  const plain = Buffer.from(`${OTHER_RESOURCE}:${OTHER_SECRET}`).toString('base64')
  assert.equal((await introspect(token, `Basic ${plain}`)).status, 200)
})

test('a token for another audience is inactive, and no more is said', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { resource: TEST_RESOURCE } })
  const answer = await introspect(tokens['access_token'], basic(OTHER_RESOURCE, OTHER_SECRET))
  assert.deepEqual([answer.status, jsonOf(answer)], [200, { active: false }])
})

test('wrong credentials are 401 invalid_client with a Basic challenge, and say nothing of the token', async () => {
  const { tokens } = await logIn(server.issuer)
  for (const authorization of [
    basic(TEST_RESOURCE, 'wrong'),
    basic(TEST_RESOURCE, ''),
    basic(TEST_RESOURCE, OTHER_SECRET),
    basic('https://unknown.example.com/mcp', SECRET),
    basic(MUTE_RESOURCE, ''),
    basic('', ''),
    'Basic nonsense',
    `Bearer ${tokens['access_token']}`,
  ]) {
    const answer = await introspect(tokens['access_token'], authorization)
    assert.equal(answer.status, 401, authorization)
    assert.equal(jsonOf(answer)['error'], 'invalid_client', authorization)
    assert.doesNotMatch(answer.body, /active|dev-1815/)
    // RFC 6749 §5.2: the challenge matches the scheme by which a client may authenticate.
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic\b/, authorization)
  }
})

test('no credentials at all are 401, a client of this server included', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const { client, tokens } = await logIn(server.issuer, { metadata })
  const token = String(tokens['access_token'])
  const { client_id, client_secret = '' } = client
  for (const fields of [{}, { client_id }, { client_id, client_secret }]) {
    const body = form({ token, ...fields })
    const answer = await send(`${server.issuer}/introspect`, { body })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_client'])
  }
})

test('what is no access token of ours is inactive', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const bad = [tokens['refresh_token'], tokens['id_token'], '', 'x', 'a.b.c', '\u0000']
  for (const token of bad) {
    const answer = await introspect(token)
    assert.deepEqual([answer.status, jsonOf(answer)], [200, { active: false }], String(token))
  }
})

test('a token is inactive at once when its grant was revoked, and when its refresh token was stolen', async () => {
  const revoked = await logIn(server.issuer)
  const body = form({
    client_id: revoked.client.client_id,
    token: String(revoked.tokens['refresh_token']),
  })
  await send(`${server.issuer}/revoke`, { body })
  assert.deepEqual(jsonOf(await introspect(revoked.tokens['access_token'])), { active: false })

  const { client, tokens } = await logIn(server.issuer)
  const second = await refresh(server.issuer, client, tokens['refresh_token'])
  const third = await refresh(server.issuer, client, second.body['refresh_token'])
  assert.equal(jsonOf(await introspect(third.body['access_token']))['active'], true)
  await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual(jsonOf(await introspect(third.body['access_token'])), { active: false })
})

test('an expired token is inactive', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ ...options, overrides: { now: () => Date.now() } })
  try {
    const { tokens } = await logIn(own.issuer)
    const ask = () => introspect(tokens['access_token'], undefined, own)
    assert.equal(jsonOf(await ask())['active'], true)
    mock.timers.tick(901_000)
    assert.deepEqual(jsonOf(await ask()), { active: false })
  } finally {
    mock.timers.reset()
    await own.close()
  }
})
