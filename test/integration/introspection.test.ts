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

// RFC 7662: a resource server authenticates with its resource URI and its configured secret.

const SECRET = 'first-resource-server: secret + 100%'
const OTHER_SECRET = 'other-resource-server-secret'
const RESOURCE_WITHOUT_SECRET = 'https://mute.example.com/mcp'

const options = {
  env: { RESOURCES: '', FIRST_SECRET: SECRET, OTHER_SECRET },
  file: {
    resourceServers: [
      { resource: TEST_RESOURCE, introspectionSecretEnv: 'FIRST_SECRET' },
      { resource: OTHER_RESOURCE, introspectionSecretEnv: 'OTHER_SECRET' },
      { resource: RESOURCE_WITHOUT_SECRET },
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

function introspect(token: unknown, authorization = basic(TEST_RESOURCE, SECRET), at = server) {
  const body = form({ token: String(token) })
  return send(`${at.issuer}/introspect`, { headers: { authorization }, body })
}

test('a resource server gets the claims of a token for its audience', async () => {
  const { tokens } = await logIn(server.issuer)
  const answer = await introspect(tokens['access_token'])
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  const claims = claimsOf(tokens['access_token'])
  assert.deepEqual(jsonOf(answer), { active: true, token_type: 'Bearer', ...claims })
})

test('the secret may be posted, or sent in Basic with an id that is not form-encoded', async () => {
  const { tokens } = await logIn(server.issuer)
  const token = String(tokens['access_token'])
  const posted = await send(`${server.issuer}/introspect`, {
    body: form({ token, client_id: OTHER_RESOURCE, client_secret: OTHER_SECRET }),
  })
  assert.equal(posted.status, 200)
  const plain = Buffer.from(`${OTHER_RESOURCE}:${OTHER_SECRET}`).toString('base64')
  assert.equal((await introspect(token, `Basic ${plain}`)).status, 200)
})

test('every way to authenticate that the metadata lists works, and no other does', async () => {
  const { tokens } = await logIn(server.issuer)
  const token = String(tokens['access_token'])
  const credentials = { client_id: TEST_RESOURCE, client_secret: SECRET }
  const ways: Readonly<Record<string, () => ReturnType<typeof send>>> = {
    client_secret_basic: () => introspect(token),
    client_secret_post: () =>
      send(`${server.issuer}/introspect`, { body: form({ token, ...credentials }) }),
    none: () =>
      send(`${server.issuer}/introspect`, { body: form({ token, client_id: TEST_RESOURCE }) }),
    query: () =>
      send(`${server.issuer}/introspect?${new URLSearchParams(credentials)}`, {
        body: form({ token }),
      }),
    bearer: () => introspect(token, `Bearer ${token}`),
  }
  const metadata = await send(`${server.issuer}/.well-known/oauth-authorization-server`)
  const listed = jsonOf(metadata)['introspection_endpoint_auth_methods_supported']
  const working: string[] = []
  for (const [name, ask] of Object.entries(ways)) {
    if ((await ask()).status === 200) working.push(name)
  }
  assert.deepEqual(working, listed)
})

test('a token for another audience is inactive, without further members', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { resource: TEST_RESOURCE } })
  const answer = await introspect(tokens['access_token'], basic(OTHER_RESOURCE, OTHER_SECRET))
  assert.deepEqual([answer.status, jsonOf(answer)], [200, { active: false }])
})

test('wrong credentials get 401 invalid_client with a Basic challenge and reveal nothing of the token', async () => {
  const { tokens } = await logIn(server.issuer)
  for (const authorization of [
    basic(TEST_RESOURCE, 'wrong'),
    basic(TEST_RESOURCE, ''),
    basic(TEST_RESOURCE, OTHER_SECRET),
    basic('https://unknown.example.com/mcp', SECRET),
    basic(RESOURCE_WITHOUT_SECRET, ''),
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

test('missing credentials and the credentials of a client get a 401', async () => {
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

test('anything other than an access token of this server is inactive', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const others = [tokens['refresh_token'], tokens['id_token'], '', 'x', 'a.b.c', '\u0000']
  for (const token of others) {
    const answer = await introspect(token)
    assert.deepEqual([answer.status, jsonOf(answer)], [200, { active: false }], String(token))
  }
})

test('a token is inactive as soon as its grant is revoked or a theft of its refresh token is detected', async () => {
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
