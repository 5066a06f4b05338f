import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { guardStore } from '../../src/store/guarded-store.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { authorize, buildAuthorization, redeem, refresh } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const ID = `https://${HOST}/client.json`
const REDIRECT_URI = 'https://client.example/callback'
const DOCUMENT = { client_id: ID, client_name: 'Test client', redirect_uris: [REDIRECT_URI] }
const SECONDS = 1000
const HOURS = 3600 * SECONDS
const DAYS = 24 * HOURS

let web: DocumentServer
let clock: { nowMs: number }
let store: Store
let isStoreDown: boolean
let server: TestServer

beforeEach(async () => {
  web = await startDocumentServer([HOST])
  clock = { nowMs: Date.now() }
  isStoreDown = false
  const memory = createMemoryStore({ now: () => clock.nowMs })
  const fail = () => Promise.reject(new Error('the store is down'))
  const backend: Store = { ...memory, get: (key) => (isStoreDown ? fail() : memory.get(key)) }
  store = guardStore({ store: backend, deadlineMs: 1000 })
  server = await start()
})
afterEach(async () => {
  await server.close()
  await web.close()
})

function start(
  options: Pick<Parameters<typeof startTestServer>[0] & {}, 'env' | 'file'> = {},
): Promise<TestServer> {
  const overrides = { outbound: web.outbound, now: () => clock.nowMs, store }
  return startTestServer({ overrides, ...options })
}

const publish = (headers: Record<string, string> = {}, members = {}) =>
  web.publish(ID, { headers, body: { ...DOCUMENT, ...members } })

const open = (at = server) => {
  const { url } = buildAuthorization(at.issuer, DOCUMENT, { redirect_uri: REDIRECT_URI })
  return send(url, { headers: { accept: 'text/html' } })
}

const askToken = () => refresh(server.issuer, DOCUMENT, 'none.0.such')

/** A refresh token of this client. */
async function logIn({ issuer } = server): Promise<unknown> {
  const authorization = buildAuthorization(issuer, DOCUMENT, { redirect_uri: REDIRECT_URI })
  const answer = await authorize(authorization, { redirectUri: REDIRECT_URI })
  const parts = { answer, codeVerifier: authorization.codeVerifier, redirectUri: REDIRECT_URI }
  const { status, body } = await redeem(issuer, DOCUMENT, parts)
  assert.equal(status, 200)
  return body['refresh_token']
}

/** Waits for work that a request started and left running in the background. */
async function until(isDone: () => boolean): Promise<void> {
  for (let waits = 0; !isDone() && waits < 100; waits += 1) {
    await new Promise((done) => setTimeout(done, 10))
  }
  assert.ok(isDone())
}

for (const [header, freshSeconds] of [
  [{}, 60],
  [{ 'cache-control': 'max-age=600' }, 600],
  [{ 'cache-control': 'public, max-age=600, s-maxage=1200' }, 1200],
  [{ 'cache-control': 'max-age=600', age: '200' }, 400],
  [{ 'cache-control': 'max-age=5' }, 60],
  [{ 'cache-control': 'no-store' }, 60],
  [{ 'cache-control': 'max-age=31536000' }, 86400],
  [{ date: new Date(0).toUTCString(), expires: new Date(300_000).toUTCString() }, 300],
] as const) {
  test(`A14: a document is fresh for ${freshSeconds} s with ${JSON.stringify(header)}`, async () => {
    publish(header)
    await open()
    clock.nowMs += (freshSeconds - 1) * SECONDS
    assert.equal((await open()).status, 303)
    assert.equal(web.count(ID), 1)
    clock.nowMs += 2 * SECONDS
    assert.equal((await open()).status, 303)
    assert.equal(web.count(ID), 2)
  })
}

test('A14: replicas share a cached copy, and it survives a restart', async () => {
  const secret = { SESSION_SECRET: 'x'.repeat(48) }
  const [first, second] = [await start({ env: secret }), await start({ env: secret })]
  publish()
  try {
    await open(first)
    assert.equal((await open(second)).status, 303)
    assert.equal(web.count(ID), 1)
  } finally {
    await first.close()
    await second.close()
  }
})

test('concurrent requests for one document share one fetch', async () => {
  let release = () => {}
  web.publish(ID, (_request, response) => {
    release = () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(DOCUMENT))
    }
  })
  const pages = Array.from({ length: 5 }, () => open())
  await until(() => web.count(ID) > 0)
  setTimeout(() => release(), 50)
  for (const page of await Promise.all(pages)) assert.equal(page.status, 303)
  assert.equal(web.count(ID), 1)
})

test('a token request does not wait for a stale document to be fetched again', async () => {
  publish()
  const token = await logIn()
  clock.nowMs += 2 * HOURS
  web.publish(ID, () => {}) // never answers
  const { status, body } = await refresh(server.issuer, DOCUMENT, token)
  assert.equal(status, 200, JSON.stringify(body))
  await until(() => web.count(ID) === 2)
})

for (const [trouble, answer] of Object.entries({
  'answers 500': { status: 500 },
  'answers 403': { status: 403, headers: { 'content-type': 'text/html' } },
  'answers 429': { status: 429 },
  redirects: { status: 302, headers: { location: 'https://client.example/else' } },
  'serves an HTML page': { headers: { 'content-type': 'text/html' }, body: '<p>Just a moment…' },
  'serves truncated JSON': { body: '{"client_id"' },
  'serves unrelated JSON': { body: { error: 'rate limited' } },
  'serves an oversized document': { body: { ...DOCUMENT, x: 'x'.repeat(6000) } },
})) {
  test(`A9: the last valid copy is used for as long as a refresh token lives when the host ${trouble}`, async () => {
    publish()
    const token = await logIn()
    web.publish(ID, answer)
    clock.nowMs += 29 * DAYS
    assert.equal((await open()).status, 303)
    assert.equal((await refresh(server.issuer, DOCUMENT, token)).status, 200)
    assert.equal(web.count(ID), 2, 'a failed fetch is not retried for 30 s')
    clock.nowMs += 31 * SECONDS
    await open()
    assert.equal(web.count(ID), 3)
    clock.nowMs += 31 * DAYS
    assert.notEqual((await open()).status, 303)
    clock.nowMs += 31 * SECONDS
    publish()
    assert.equal((await open()).status, 303)
  })
}

test('the copy of a document that nobody approved is dropped a day after it was fresh', async () => {
  publish()
  assert.equal((await open()).status, 303)
  web.publish(ID, { status: 500 })
  clock.nowMs += DAYS + 59 * SECONDS
  assert.equal((await open()).status, 303)
  clock.nowMs += 31 * SECONDS
  assert.notEqual((await open()).status, 303)
})

test('a refresh needs no fetch while the refresh token lives, even if strangers spend all fetches', async () => {
  const documentFetch = { perAddress: 2, total: 2, seconds: 60 }
  const strict = await start({ file: { limits: { ...AMPLE_LIMITS, documentFetch } } })
  try {
    publish()
    const token = await logIn(strict)
    clock.nowMs += 29 * DAYS
    const openOther = (n: number) => {
      const client = { client_id: `https://${HOST}/${n}.json` }
      return send(buildAuthorization(strict.issuer, client, { redirect_uri: REDIRECT_URI }).url)
    }
    for (const n of [1, 2]) await openOther(n)
    assert.equal((await openOther(3)).status, 429)
    assert.equal((await refresh(strict.issuer, DOCUMENT, token)).status, 200)
  } finally {
    await strict.close()
  }
})

test('A9: a 410 withdraws a document and its cached copy', async () => {
  publish()
  const token = await logIn()
  web.publish(ID, { status: 410 })
  clock.nowMs += 61 * SECONDS
  // The refresh uses the cached copy, and the fetch in the background finds the withdrawal.
  assert.equal((await refresh(server.issuer, DOCUMENT, token)).status, 200)
  await until(() => server.logLines.some((line) => line.includes('client_document_withdrawn')))
  const rejected = await refresh(server.issuer, DOCUMENT, token)
  assert.deepEqual([rejected.status, rejected.body['error']], [401, 'invalid_client'])
  assert.match(String(rejected.body['error_description']), /withdrawn/)
  const page = await open()
  assert.equal(page.status, 400)
  assertErrorPage(page, server)
  assert.match(page.body, /withdrawn, or never published/)
})

test('A9: a 404 withdraws a document only if it persists', async () => {
  publish()
  const token = await logIn()
  web.publish(ID, { status: 404 })
  clock.nowMs += 61 * SECONDS
  assert.equal((await open()).status, 303, 'a deployment by its publisher signs nobody out')
  clock.nowMs += 31 * SECONDS
  assert.equal((await refresh(server.issuer, DOCUMENT, token)).status, 200)
  clock.nowMs += 5 * 60 * SECONDS
  assert.match((await open()).body, /withdrawn, or never published/)
  const rejected = await refresh(server.issuer, DOCUMENT, token)
  assert.deepEqual([rejected.status, rejected.body['error']], [401, 'invalid_client'])
})

test('an invalid document with the right client_id replaces the valid copy', async () => {
  publish()
  await open()
  clock.nowMs += 61 * SECONDS
  publish({}, { client_name: undefined })
  assert.match((await open()).body, /client_name is missing/)
  assert.equal((await askToken()).status, 401)
  assert.equal(web.count(ID), 2)
  clock.nowMs += 31 * SECONDS
  publish()
  assert.equal((await open()).status, 303, 'the invalid document is not cached')
})

test('A13: a redirect URI that an updated document drops is rejected', async () => {
  publish()
  assert.equal((await open()).status, 303)
  publish({}, { redirect_uris: ['https://client.example/other'] })
  clock.nowMs += 61 * SECONDS
  assert.match((await open()).body, /unknown address/)
})

for (const [trouble, answer] of Object.entries({
  'answers 500': { status: 500, body: {} },
  'answers 403': { status: 403, body: {} },
  'answers 429': { status: 429, body: {} },
  'drops the connection': undefined,
})) {
  test(`without a cached copy, a host that ${trouble} causes a 503, never invalid_client`, async () => {
    if (answer) web.publish(ID, answer)
    else web.publish(ID, (request) => request.socket.destroy())
    const page = await open()
    assert.equal(page.status, 503)
    assert.ok(page.headers.get('retry-after'))
    assertErrorPage(page, server)
    assert.match(page.body, /cannot be fetched at the moment/)
    const { status, headers, body } = await askToken()
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    assert.ok(headers.get('retry-after'))
    assert.equal(web.count(ID), 1, 'a failed fetch is not retried for 30 s')
    clock.nowMs += 31 * SECONDS
    publish()
    assert.equal((await open()).status, 303)
  })
}

test('while the store is down, a client by document gets a 503, and afterwards it works again', async () => {
  publish()
  const token = await logIn()
  isStoreDown = true
  const page = await open()
  assert.equal(page.status, 503)
  assert.match(page.body, /cannot reach its storage/)
  const { status, body } = await askToken()
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
  isStoreDown = false
  assert.equal((await refresh(server.issuer, DOCUMENT, token)).status, 200)
  assert.equal(web.count(ID), 1)
})

test('a stored document is sealed, and its key hides its URL', async () => {
  publish()
  await open()
  const keys: string[] = []
  for await (const key of store.scan('mcp-oidc:client-document:')) keys.push(key)
  assert.equal(keys.length, 1)
  const value = await store.get(keys[0] ?? '')
  assert.doesNotMatch(`${keys[0]} ${value}`, /client\.example|Test client/)
})
