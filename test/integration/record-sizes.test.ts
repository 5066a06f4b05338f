// How much strangers may leave in the store with one request.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import {
  authorize,
  buildAuthorization,
  isAnswer,
  REDIRECT_URI,
  register,
} from '../support/journey.ts'
import { push, pushAuthorization } from '../support/par.ts'
import { createRecordingStore, type RecordingStore } from '../support/recording-store.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const KIB = 1024

let store: RecordingStore
let server: TestServer
before(async () => {
  store = createRecordingStore({ now: Date.now })
  server = await startTestServer({
    overrides: { store },
    file: { registration: { management: true } },
  })
})
after(() => server.close())

/** The largest record of a kind that was written since `from`. */
function largest(kind: string, from = 0): number {
  const writes = store.writes.slice(from).filter(({ key }) => key.split(':')[1] === kind)
  return Math.max(...writes.map(({ value }) => value.length))
}

const redirectUris = (count: number, length: number) =>
  Array.from({ length: count }, (_, n) => `https://client.example/${n}/`.padEnd(length, 'x'))

function postRegistration(metadata: object) {
  return send(`${server.issuer}/register`, { body: metadata })
}

test('a registration takes at most 8 KiB of the store, and a larger one is refused', async () => {
  const before = store.writes.length
  // 5,632 bytes of metadata: what is left after the other members.
  const own = {
    redirect_uris: redirectUris(2, 2000),
    client_uri: `https://a.example/${'x'.repeat(1400)}`,
  }
  const accepted = await postRegistration(own)
  assert.equal(accepted.status, 201, accepted.body)
  assert.ok(largest('client', before) > 7 * KIB)
  assert.ok(largest('client', before) <= 8 * KIB)

  const written = store.writes.length
  const refused = await postRegistration({
    ...own,
    tos_uri: `https://a.example/${'x'.repeat(400)}`,
  })
  assert.equal(refused.status, 400)
  assert.deepEqual(jsonOf(refused), {
    error: 'invalid_client_metadata',
    error_description: 'the metadata must not be larger than 5632 bytes',
  })
  assert.equal(store.writes.length, written)

  const {
    registration_client_uri: uri,
    registration_access_token: token,
    ...rest
  } = jsonOf(accepted)
  const update = (changes: object) =>
    send(String(uri), {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: {
        ...own,
        client_id: rest['client_id'],
        client_secret: rest['client_secret'],
        ...changes,
      },
    })
  const longer = await update({ tos_uri: `https://a.example/${'x'.repeat(400)}` })
  assert.equal(longer.status, 400, longer.body)
  assert.equal(jsonOf(longer)['error'], 'invalid_client_metadata')
  assert.equal((await update({ client_name: 'Shorter' })).status, 200)
})

// A control character takes one byte in a form and six in the JSON that is stored.
const FILLINGS = {
  'a letter': 'x',
  'a control character': '\u0001',
  quotes: '"',
}

for (const [name, filling] of Object.entries(FILLINGS)) {
  test(`a pushed request and its interaction take at most 16 KiB of the store each, with ${name}`, async () => {
    const client = await register(server.issuer)
    const jsonBytes = Buffer.byteLength(JSON.stringify(filling)) - 2
    const fill = (bytes: number) => filling.repeat(Math.floor(bytes / jsonBytes))
    const largestRequest = { ui_locales: fill(6500), login_hint: fill(500) }
    const before = store.writes.length
    const accepted = await pushAuthorization(server.issuer, client, largestRequest)
    await createUserAgent().open(accepted.url)
    assert.ok(largest('pushed-request', before) > 12 * KIB)
    assert.ok(largest('pushed-request', before) <= 16 * KIB, `${largest('pushed-request', before)}`)
    assert.ok(largest('interaction', before) > 8 * KIB)
    assert.ok(largest('interaction', before) <= 16 * KIB, `${largest('interaction', before)}`)

    for (const member of ['nonce', 'ui_locales', 'acr_values', 'claims_locales', 'display']) {
      const parameters = { [member]: fill(8 * KIB) }
      const larger = buildAuthorization(server.issuer, client, parameters)
      const written = store.writes.length
      const refused = await push(server.issuer, larger)
      assert.equal(refused.status, 400, member)
      assert.deepEqual(jsonOf(refused), {
        error: 'invalid_request',
        error_description: 'the request must not be larger than 8 KiB as JSON',
      })
      assert.equal(store.writes.length, written)
    }
  })
}

test('a login_hint of more than 512 bytes is refused, because it is stored twice', async () => {
  const client = await register(server.issuer)
  const requestOf = (login_hint: string) =>
    buildAuthorization(server.issuer, client, { login_hint }).url
  assert.equal((await send(requestOf('x'.repeat(510)))).status, 303)
  const written = store.writes.length
  for (const hint of ['x'.repeat(511), '\u0001'.repeat(100)]) {
    const refused = await send(requestOf(hint))
    assert.equal(refused.status, 400)
    assert.match(refused.body, /login_hint must not be larger than 512 bytes/)
  }
  assert.equal(store.writes.length, written)
})

test('the body of a pushed request takes at most 16 KiB, in one piece or in chunks', async () => {
  const client = await register(server.issuer)
  const { url } = buildAuthorization(server.issuer, client)
  // Encoded letters make the body three times as large as the request that is stored.
  const start = `${new URL(url).searchParams}&ui_locales=${'%78'.repeat(5000)}`
  const bodyOf = (bytes: number) => start.padEnd(bytes, 'x')
  const post = (bytes: number, isChunked: boolean) =>
    send(`${server.issuer}/par`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: bodyOf(bytes),
      isChunked,
    })
  for (const isChunked of [false, true]) {
    const accepted = await post(16 * KIB, isChunked)
    assert.equal(accepted.status, 201, accepted.body)
    const written = store.writes.length
    const refused = await post(16 * KIB + 1, isChunked)
    assert.equal(refused.status, 413)
    assert.equal(jsonOf(refused)['error'], 'invalid_request')
    assert.match(String(jsonOf(refused)['error_description']), /too large.*16 KiB/)
    assert.equal(store.writes.length, written)
  }
})

test('a state of 4 KiB comes back to the client, and a longer one is refused on a page', async () => {
  const client = await register(server.issuer)
  const state = 's'.repeat(4 * KIB)
  const answer = await authorize(buildAuthorization(server.issuer, client, { state }))
  assert.equal(answer.searchParams.get('state'), state)

  const written = store.writes.length
  const { url } = buildAuthorization(server.issuer, client, { state: `${state}s` })
  const page = await createUserAgent().open(url, { until: isAnswer(REDIRECT_URI) })
  assert.match(page.body, /state must not be larger than 4 KiB/)
  assert.ok(!page.body.includes(state))
  // Characters of more than one byte count as what is stored.
  const wide = buildAuthorization(server.issuer, client, { state: 'ü'.repeat(2 * KIB + 1) })
  assert.equal((await send(wide.url)).status, 400)
  assert.equal(store.writes.length, written)
})

test('a state of 4 KiB can be pushed, and a longer one gets invalid_request', async () => {
  const client = await register(server.issuer)
  const state = 's'.repeat(4 * KIB)
  const answer = await authorize(await pushAuthorization(server.issuer, client, { state }))
  assert.equal(answer.searchParams.get('state'), state)
  const longer = buildAuthorization(server.issuer, client, { state: `${state}s` })
  const refused = await push(server.issuer, longer)
  assert.equal(refused.status, 400)
  assert.deepEqual(jsonOf(refused), {
    error: 'invalid_request',
    error_description: 'state must not be larger than 4 KiB',
  })
})
