// Clients by document that push their requests: to them, a fault of the fetch is no verdict.
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

/** Status and error of a push; 201 is taken. */
async function present(proof: Record<string, string> = {}): Promise<string> {
  const { url } = buildAuthorization(server.issuer, { client_id: ID })
  const asked = new URL(url)
  for (const [name, value] of Object.entries(proof)) asked.searchParams.set(name, value)
  const answer = await push(server.issuer, { url: asked.href })
  const { error = '' } = jsonOf(answer)
  return `${answer.status} ${error}`.trim()
}

for (const [trouble, published] of Object.entries({
  'answers 500': { status: 500 },
  'serves a page': { headers: { 'content-type': 'text/html' }, body: '<p>Just a moment…' },
  redirects: { status: 302, headers: { location: `https://${HOST}/else` } },
  'serves what is cut off': { body: '{"client_id"' },
  'answers 404': { status: 404 },
})) {
  test(`A9: a client that pushes is told to come again while its host ${trouble}`, async () => {
    web.publish(ID, published)
    assert.equal(await present(), '503 temporarily_unavailable')
    // While that stands, nothing is fetched, and the answer is the same.
    assert.equal(await present(), '503 temporarily_unavailable')
    web.publish(ID, { body: DOCUMENT })
    clock.nowMs += FRESH_MS
    assert.equal(await present(), '201')
    web.publish(ID, published)
    clock.nowMs += FRESH_MS
    assert.equal(await present(), '201', 'the last good copy serves')
  })
}

test('A9: a push is judged by what is published now, and withdrawal is told as what it is', async () => {
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

test('a client authenticates a push by private_key_jwt, for the issuer or the token endpoint', async () => {
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
