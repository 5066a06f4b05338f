// Reading, updating and deleting a registration (RFC 7592), with `registration.management` on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildAuthorization, logIn, REDIRECT_URI } from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ file: { registration: { management: true } } })
})
after(() => server.close())

const METADATA = {
  client_name: 'Managed',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
}

async function registerManaged(metadata: object = METADATA) {
  const answer = await send(`${server.issuer}/register`, { body: metadata })
  assert.equal(answer.status, 201, answer.body)
  const registered = jsonOf(answer)
  const headers = { authorization: `Bearer ${registered['registration_access_token']}` }
  const url = String(registered['registration_client_uri'])
  return {
    registered,
    clientId: String(registered['client_id']),
    url,
    ask: (method = 'GET', body?: object, other = headers) =>
      send(url, { method, headers: other, ...(body && { body }) }),
  }
}

const authorizeStatus = async (client_id: string, redirect_uri = REDIRECT_URI) =>
  (await send(buildAuthorization(server.issuer, { client_id }, { redirect_uri }).url)).status

test('a registration gets a URL at the issuer and its own access token', async () => {
  const { registered, clientId, url } = await registerManaged()
  assert.equal(url, `${server.issuer}/register/${clientId}`)
  assert.match(String(registered['registration_access_token']), /^[\w-]{43}$/)
})

test('the token of a registration expires with a client that nobody approved, and lives on with one in use', async () => {
  const store = createRecordingStore({ now: Date.now })
  const at = await startTestServer({
    file: { registration: { management: true } },
    overrides: { store },
  })
  try {
    const { client } = await logIn(at.issuer)
    const { unusedClientSeconds, clientSeconds } = at.config.lifetimes
    assert.deepEqual(store.lifetimes('registration-token'), [unusedClientSeconds, clientSeconds])
    assert.equal(store.lifetimes('client').at(-1), clientSeconds)
    const headers = { authorization: `Bearer ${Reflect.get(client, 'registration_access_token')}` }
    const read = await send(`${at.issuer}/register/${client.client_id}`, { headers })
    assert.equal(read.status, 200, read.body)
  } finally {
    await at.close()
  }
})

test('two registrations with the same metadata are two clients', async () => {
  const [first, second] = [await registerManaged(), await registerManaged()]
  assert.notEqual(first.clientId, second.clientId)
})

test('a registration can be read only with its own token', async () => {
  const { registered, ask } = await registerManaged()
  const read = await ask()
  assert.equal(read.status, 200)
  assert.deepEqual(jsonOf(read), registered)
  assert.equal((await ask('GET', undefined, { authorization: 'Bearer x' })).status, 401)
  const other = await registerManaged()
  const foreign = { authorization: `Bearer ${other.registered['registration_access_token']}` }
  assert.equal((await ask('GET', undefined, foreign)).status, 401)
})

test('an update follows the rules of a registration and returns what was stored', async () => {
  const { registered, clientId, ask } = await registerManaged()
  const update = {
    ...METADATA,
    client_id: clientId,
    client_name: 'Renamed',
    redirect_uris: ['http://evil.example/cb', 'https://a.example/cb'],
    scope: 'admin',
    logo_uri: '',
    policy_uri: null,
  }
  const answer = await ask('PUT', update)
  assert.equal(answer.status, 200, answer.body)
  const changed = jsonOf(answer)
  assert.equal(changed['client_name'], 'Renamed')
  assert.deepEqual(changed['redirect_uris'], ['https://a.example/cb'])
  assert.equal(changed['scope'], undefined)
  for (const name of ['client_id', 'client_id_issued_at', 'registration_access_token']) {
    assert.equal(changed[name], registered[name], name)
  }
  assert.doesNotMatch(answer.body, /null|""/)
  assert.deepEqual(jsonOf(await ask()), changed)
  assert.equal(await authorizeStatus(clientId, 'https://a.example/cb'), 303)
  assert.equal(await authorizeStatus(clientId), 400)
})

test('an update that would be an invalid registration is refused and changes nothing', async () => {
  const { registered, clientId, ask } = await registerManaged()
  for (const [update, error] of [
    [{ redirect_uris: ['http://evil.example/cb'] }, 'invalid_redirect_uri'],
    [{ token_endpoint_auth_method: 'client_secret_basic' }, 'invalid_client_metadata'],
    [{ client_id: 'another' }, 'invalid_request'],
    [{ client_id_issued_at: 1 }, 'invalid_request'],
  ] as const) {
    const answer = await ask('PUT', { ...METADATA, client_id: clientId, ...update })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [400, error])
  }
  for (const body of [[], null]) {
    const answer = await ask('PUT', body as object)
    assert.equal(answer.status, 400)
  }
  assert.deepEqual(jsonOf(await ask()), registered)
})

test('a client keeps its secret through an update', async () => {
  const metadata = { ...METADATA, token_endpoint_auth_method: 'client_secret_post' }
  const { registered, clientId, ask } = await registerManaged(metadata)
  const method = { token_endpoint_auth_method: 'client_secret_basic' }
  const answer = await ask('PUT', { ...metadata, ...method, client_id: clientId })
  assert.equal(jsonOf(answer)['client_secret'], registered['client_secret'])
  const wrong = await ask('PUT', { ...metadata, client_id: clientId, client_secret: 'x' })
  assert.equal(wrong.status, 400)
})

test('a deleted registration is gone, and so is its access token', async () => {
  const { clientId, ask } = await registerManaged()
  assert.equal(await authorizeStatus(clientId), 303)
  assert.equal((await ask('DELETE')).status, 204)
  assert.equal((await ask()).status, 401)
  assert.equal(await authorizeStatus(clientId), 400)
})

test('a browser-based client can manage its registration from any origin', async () => {
  const { url } = await registerManaged()
  const { status, headers } = await send(url, { method: 'OPTIONS' })
  assert.equal(status, 204)
  assert.equal(headers.get('access-control-allow-origin'), '*')
  assert.equal(headers.get('access-control-allow-methods'), 'GET, PUT, DELETE')
})
