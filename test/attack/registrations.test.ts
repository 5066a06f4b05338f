// Mass assignment in registrations, and managing the registration of somebody else (RFC 7592).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { buildAuthorization, logIn, REDIRECT_URI } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({
    file: {
      registration: { management: true },
      clients: [{ client_id: 'configured', client_name: 'X', redirect_uris: [REDIRECT_URI] }],
    },
  })
})
after(() => server.close())

const METADATA = {
  client_name: 'Managed',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
}

interface Registered {
  readonly clientId: string
  readonly url: string
  readonly token: string
}

async function register(
  members: object = {},
): Promise<Registered & { body: Record<string, unknown> }> {
  const answer = await send(`${server.issuer}/register`, { body: { ...METADATA, ...members } })
  assert.equal(answer.status, 201, answer.body)
  const body = jsonOf(answer)
  return {
    body,
    clientId: String(body['client_id']),
    url: String(body['registration_client_uri']),
    token: String(body['registration_access_token']),
  }
}

const PLANTED = 'planted-by-the-attacker'
/** Members that a client must not choose, and what it must not get. */
const MASS: Readonly<Record<string, Record<string, unknown>>> = {
  'its own id': { client_id: 'configured' },
  'its own secret': { client_secret: PLANTED, token_endpoint_auth_method: 'client_secret_post' },
  'a secret that ends': { client_secret_expires_at: 1 },
  'its date of issue': { client_id_issued_at: 1 },
  'its registration token': { registration_access_token: PLANTED },
  'its registration URL': { registration_client_uri: 'https://evil.example/' },
  'other grant types': { grant_types: ['client_credentials', 'password', 'implicit'] },
  'other response types': { response_types: ['token', 'id_token', 'none'] },
  'inherited properties': JSON.parse(`{"__proto__":{"client_id":"${PLANTED}"}}`),
  'a constructor': { constructor: { prototype: { isAdmin: true } } },
  'members of the configuration': { clientSecretEnv: 'SESSION_SECRET', clientId: 'configured' },
  'a request object without signature': { request_object_signing_alg: 'none' },
  'an ID token without signature': { id_token_signed_response_alg: 'none' },
  'a shared secret for ID tokens': { id_token_signed_response_alg: 'HS256' },
  'pairwise subjects': { subject_type: 'pairwise', sector_identifier_uri: 'https://evil.example' },
  introspection: { introspection_endpoint_auth_method: 'none' },
  'no PKCE': { require_pkce: false },
  'a consent of its own': { consent: 'remember', skip_consent: true, trusted: true },
}

for (const [what, members] of Object.entries(MASS)) {
  test(`a registration cannot assign itself more than a plain one has: ${what}`, async () => {
    const answer = await send(`${server.issuer}/register`, { body: { ...METADATA, ...members } })
    assert.ok([201, 400].includes(answer.status), answer.body)
    if (answer.status === 400) return
    const body = jsonOf(answer)
    assert.match(String(body['client_id']), /^[\w-]{20,}$/)
    assert.doesNotMatch(answer.body, /planted-by|evil\.example|"none"\s*[,}].*signed|isAdmin/)
    const granted = [body['grant_types'], body['response_types']].flat()
    assert.deepEqual(
      granted.filter((type) => /credentials|password|implicit|token$|none/.test(String(type))),
      granted.includes('refresh_token') ? ['refresh_token'] : [],
    )
    assert.notEqual(body['id_token_signed_response_alg'], 'none')
    assert.notEqual(body['id_token_signed_response_alg'], 'HS256')
    for (const name of ['clientSecretEnv', 'trusted', 'skip_consent', 'require_pkce']) {
      assert.equal(body[name], undefined, name)
    }
  })
}

test('control: a plain registration gets a token for a person who approves it', async () => {
  const { tokens } = await logIn(server.issuer)
  assert.ok(tokens['access_token'])
  assert.equal(Object.hasOwn(Object.prototype, 'isAdmin'), false)
})

test('a registration cannot take the id of a configured client, nor change that client', async () => {
  const redirect_uris = ['https://evil.example/cb']
  const { clientId } = await register({ client_id: 'configured', redirect_uris })
  assert.notEqual(clientId, 'configured')
  const open = async (redirect_uri: string) => {
    const { url } = buildAuthorization(server.issuer, { client_id: 'configured' }, { redirect_uri })
    return outcomeOf(await send(url, { headers: { accept: 'text/html' } }))
  }
  assert.equal(await open('https://evil.example/cb'), '400 page')
  assert.equal(await open(REDIRECT_URI), '303 same origin', 'control')
})

interface Management {
  readonly url: string
  readonly method?: string
  readonly token?: string
  readonly body?: object
}

testAttacks<(victim: Registered, own: Registered) => Management>({
  guarantee: 'a registration is managed with its own token only',
  run: async (attack) => {
    const [victim, own] = [await register(), await register()]
    const { url, method = 'GET', token, body } = attack(victim, own)
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await send(url, { method, headers, ...(body && { body }) })
    const read = await send(victim.url, { headers: { authorization: `Bearer ${victim.token}` } })
    const isAsBefore = jsonOf(read)['client_name'] === METADATA.client_name
    const revealed = answer.body.includes(victim.clientId) ? 'revealed' : 'unknown'
    return `${outcomeOf(answer)}, ${revealed}, ${isAsBefore ? 'as before' : 'changed'}`
  },
  honest: (victim) => ({ url: victim.url, token: victim.token }),
  control: '200, revealed, as before',
  refusal: /^4\d\d .*, unknown, as before$/,
  attacks: {
    "reading with another client's token": (victim, own) => ({ url: victim.url, token: own.token }),
    "changing with another client's token": (victim, own) => ({
      url: victim.url,
      method: 'PUT',
      token: own.token,
      body: { ...METADATA, client_id: victim.clientId, client_name: 'Evil' },
    }),
    "deleting with another client's token": (victim, own) => ({
      url: victim.url,
      method: 'DELETE',
      token: own.token,
    }),
    "one's own URL with the id of another in the body": (victim, own) => ({
      url: own.url,
      method: 'PUT',
      token: own.token,
      body: { ...METADATA, client_id: victim.clientId, client_name: 'Evil' },
    }),
    'no token': (victim) => ({ url: victim.url }),
    'the token in the query': (victim) => ({ url: `${victim.url}?access_token=${victim.token}` }),
    'a token that is the id': (victim) => ({ url: victim.url, token: victim.clientId }),
    'a path from one client to another': (victim, own) => ({
      url: `${own.url}%2f..%2f${victim.clientId}`,
      token: own.token,
    }),
    'two tokens in one header': (victim, own) => ({
      url: victim.url,
      token: `${own.token}, Bearer ${victim.token}`,
    }),
    'a configured client': (_victim, own) => ({
      url: own.url.replace(/[^/]+$/, 'configured'),
      token: own.token,
    }),
  },
})

test("a client's update cannot plant an address, a secret or another id", async () => {
  const own = await register()
  const update = (members: object) =>
    send(own.url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${own.token}` },
      body: { ...METADATA, client_id: own.clientId, ...members },
    })
  for (const members of [
    { redirect_uris: ['javascript:alert(1)'] },
    { client_id: 'configured' },
    { client_secret: PLANTED },
    { registration_access_token: PLANTED },
  ]) {
    const answer = await update(members)
    assert.equal(answer.status, 400, JSON.stringify(members))
    assert.doesNotMatch(answer.body, /planted-by/)
  }
  assert.equal((await update({ client_name: 'Renamed' })).status, 200, 'control')
})
