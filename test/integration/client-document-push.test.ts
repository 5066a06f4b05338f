// Clients by document that push their requests: a failed fetch is a temporary error for them, not a
// rejection.
import assert from 'node:assert/strict'
import { afterEach, before, beforeEach, test } from 'node:test'
import { type AssertionKey, createAssertionKey } from '../support/assertion.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization, REDIRECT_URI } from '../support/journey.ts'
import { push } from '../support/par.ts'
import { jsonOf } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const ID = `https://${HOST}/client.json`
const DOCUMENT = { client_id: ID, client_name: 'Test client', redirect_uris: [REDIRECT_URI] }
const FRESH_MS = 61_000

let key: AssertionKey
let web: DocumentServer
let clock: { nowMs: number }
let server: TestServer

before(async () => {
  key = await createAssertionKey()
})
beforeEach(async () => {
  web = await startDocumentServer([HOST])
  clock = { nowMs: Date.now() }
  const overrides = { outbound: web.outbound, now: () => clock.nowMs }
  server = await startTestServer({ overrides })
})
afterEach(async () => {
  await server.close()
  await web.close()
})

/** The status and error of a pushed request; 201 if it is accepted. */
async function present(proof: Record<string, string> = {}): Promise<string> {
  const { url } = buildAuthorization(server.issuer, { client_id: ID })
  const request = new URL(url)
  for (const [name, value] of Object.entries(proof)) request.searchParams.set(name, value)
  const answer = await push(server.issuer, { url: request.href })
  const { error = '' } = jsonOf(answer)
  return `${answer.status} ${error}`.trim()
}

for (const [trouble, published] of Object.entries({
  'answers 500': { status: 500 },
  'serves an HTML page': { headers: { 'content-type': 'text/html' }, body: '<p>Just a moment…' },
  redirects: { status: 302, headers: { location: `https://${HOST}/else` } },
  'serves truncated JSON': { body: '{"client_id"' },
  'answers 404': { status: 404 },
})) {
  test(`A9: a client that pushes gets 503 temporarily_unavailable while its host ${trouble}`, async () => {
    web.publish(ID, published)
    assert.equal(await present(), '503 temporarily_unavailable')
    // The failure is cached: no fetch, the same response.
    assert.equal(await present(), '503 temporarily_unavailable')
    web.publish(ID, { body: DOCUMENT })
    clock.nowMs += FRESH_MS
    assert.equal(await present(), '201')
    web.publish(ID, published)
    clock.nowMs += FRESH_MS
    assert.equal(await present(), '201', 'the last valid copy is used')
  })
}

test('A9: a push is checked against the current document, and a withdrawn one is invalid_client', async () => {
  web.publish(ID, { body: DOCUMENT })
  assert.equal(await present(), '201')
  clock.nowMs += FRESH_MS
  web.publish(ID, { body: { ...DOCUMENT, redirect_uris: [`https://${HOST}/else`] } })
  assert.equal(await present(), '400 invalid_request', 'the redirect URI is gone')
  clock.nowMs += FRESH_MS
  web.publish(ID, { body: { ...DOCUMENT, client_name: undefined } })
  assert.equal(await present(), '401 invalid_client')
  clock.nowMs += FRESH_MS
  web.publish(ID, { status: 410 })
  assert.equal(await present(), '401 invalid_client')
})

test('a push may authenticate by private_key_jwt with the issuer, /token or /par as audience', async () => {
  const jwks = { keys: [key.publicKey] }
  const token_endpoint_auth_method = 'private_key_jwt'
  web.publish(ID, { body: { ...DOCUMENT, token_endpoint_auth_method, jwks } })
  const { issuer } = server
  for (const audience of [issuer, `${issuer}/token`, `${issuer}/par`]) {
    assert.equal(await present(await key.sign(ID, audience)), '201', audience)
  }
  assert.equal(await present(), '401 invalid_client')
  for (const audience of [`${issuer}/authorize`, 'https://other.example']) {
    assert.equal(await present(await key.sign(ID, audience)), '401 invalid_client', audience)
  }
  const spent = await key.sign(ID, issuer)
  assert.equal(await present(spent), '201')
  assert.equal(await present(spent), '401 invalid_client')
})
