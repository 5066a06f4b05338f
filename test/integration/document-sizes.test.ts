// How much the documents of strangers' clients may leave in the store.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAssertionKey } from '../support/assertion.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization, REDIRECT_URI, register } from '../support/journey.ts'
import { createRecordingStore, type RecordingStore } from '../support/recording-store.ts'
import { form, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const ID = `https://${HOST}/client.json`
const KEYS = `https://${HOST}/jwks.json`
const KIB = 1024
const DOCUMENT = { client_id: ID, client_name: 'Test client', redirect_uris: [REDIRECT_URI] }
/** Six bytes, and 22 as JSON. */
const SHORT_NUMBER = '1e20,'

let web: DocumentServer
let store: RecordingStore
let server: TestServer
before(async () => {
  web = await startDocumentServer([HOST])
  store = createRecordingStore({ now: Date.now })
  server = await startTestServer({ overrides: { store, outbound: web.outbound } })
})
after(async () => {
  await server.close()
  await web.close()
})

const sizesOf = (kind: string) =>
  store.writes.filter(({ key }) => key.split(':')[1] === kind).map(({ value }) => value.length)

test('a document is stored with at most 5 KiB of JSON, however short it was sent', async () => {
  const open = () => send(buildAuthorization(server.issuer, DOCUMENT).url)
  const start = JSON.stringify(DOCUMENT).slice(0, -1)
  web.publish(ID, { body: `${start},"x":[${SHORT_NUMBER.repeat(900)}1]}` })
  const refused = await open()
  assert.equal(refused.status, 400)
  assert.match(refused.body, /larger than 5 KiB/)
  assert.deepEqual(sizesOf('client-document'), [])

  const other = `https://${HOST}/other.json`
  web.publish(other, { body: { ...DOCUMENT, client_id: other, x: 'x'.repeat(4800) } })
  const accepted = await send(buildAuthorization(server.issuer, { client_id: other }).url)
  assert.equal(accepted.status, 303, accepted.body)
  const [size = 0] = sizesOf('client-document')
  assert.ok(size > 6 * KIB && size <= 8 * KIB, `${size}`)
})

test('of a key set, only what can verify an assertion is stored', async () => {
  const key = await createAssertionKey('RS256')
  const junk = { kty: 'RSA', n: 'x', e: 'AQAB', x: 'y'.repeat(1000) }
  const keys = [
    ...Array.from({ length: 50 }, () => junk),
    { ...key.publicKey, x5c: ['z'.repeat(2000)] },
  ]
  web.publish(KEYS, { body: { keys, more: 'm'.repeat(1000) } })
  const client = await register(server.issuer, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: KEYS,
  })
  const assertion = await key.sign(client.client_id, server.issuer)
  const body = form({ grant_type: 'refresh_token', refresh_token: 'none.0.such', ...assertion })
  const answer = await send(`${server.issuer}/token`, { body })
  // Authenticated: it is the refresh token that is refused.
  assert.match(answer.body, /invalid_grant/)
  const [size = 0] = sizesOf('client-keys')
  assert.ok(size > 0 && size < KIB, `${size}`)
})
