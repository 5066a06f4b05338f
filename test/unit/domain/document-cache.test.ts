// The document cache over a scripted fetch: what it fetches, keeps and gives to its callers. The same over
// https and the whole server is test/integration/client-document-cache.test.ts.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { createDocumentCache, type DocumentCache } from '../../../src/domain/document-cache.ts'
import { InvalidDocument } from '../../../src/domain/document-faults.ts'
import { AppError } from '../../../src/errors.ts'
import { FetchError, type FetchFault } from '../../../src/outbound/guarded-fetch.ts'
import type { DocumentStore } from '../../../src/records/document-store.ts'
import type { CachedDocument } from '../../../src/records/record-values.ts'

const URL_OF_CLIENT = 'https://client.example/client.json'
const OTHER_URL = 'https://other.example/client.json'
const SECONDS = 1000
const MINUTES = 60 * SECONDS
const HOURS = 60 * MINUTES
const START_MS = Date.UTC(2026, 0, 1)

const DAY_SECONDS = 24 * 60 * 60
const LONG_KEEP_SECONDS = 10 * DAY_SECONDS
const bounds = {
  minFreshSeconds: 60,
  maxFreshSeconds: 3600,
  keepSeconds: LONG_KEEP_SECONDS,
  retrySeconds: 30,
}

let nowMs: number
let stored: Map<string, { document: CachedDocument; expiresAtMs: number }>
let storeFault: unknown
/** The outcome of the next fetches: a value, or an error to throw. */
let published: unknown
let fetchMs: number
let fetchedUrls: string[]
let reported: AppError[]
/** Documents with this text are invalid. */
let forbidden: string

beforeEach(() => {
  nowMs = START_MS
  stored = new Map()
  storeFault = undefined
  published = 'first'
  fetchMs = 0
  fetchedUrls = []
  reported = []
  forbidden = 'invalid'
})

/** A store that forgets on time, and that fails on every change while `storeFault` is set. */
const store: DocumentStore = {
  async find(url) {
    const found = stored.get(url)
    return found && nowMs < found.expiresAtMs ? found.document : undefined
  },
  async save(url, document, ttlSeconds) {
    if (storeFault !== undefined) throw storeFault
    assert.ok(Number.isInteger(ttlSeconds) && ttlSeconds > 0, `${ttlSeconds} is no lifetime`)
    stored.set(url, { document, expiresAtMs: nowMs + ttlSeconds * 1000 })
  },
  async remove(url) {
    if (storeFault !== undefined) throw storeFault
    stored.delete(url)
  },
}

function createCache(options: { isGonePermanent?: boolean } = {}): DocumentCache<string> {
  return createDocumentCache<string>({
    store,
    bounds,
    now: () => nowMs,
    onFailure: (_url, fault) => reported.push(fault),
    faults: {
      unavailable: 'client_document_unavailable',
      refused: 'client_document_refused',
      unresolved: 'client_document_unresolved',
      withdrawn: 'client_document_withdrawn',
      isGonePermanent: options.isGonePermanent ?? true,
      reasons: { url: 'Not this URL.', type: 'Not this type.', address: 'Not this host.' },
    },
    async fetch(url) {
      fetchedUrls.push(url)
      nowMs += fetchMs
      if (published instanceof Error) throw published
      return { value: published, maxAgeSeconds: 60 }
    },
    parse(_url, value) {
      if (typeof value !== 'string') throw new TypeError('a bug in parse')
      if (value.includes(forbidden)) throw new InvalidDocument('Bad.', { isDeliberate: true })
      if (value === 'error page') throw new InvalidDocument('Odd.', { isDeliberate: false })
      return value
    },
  })
}

const status = (code: number) => new FetchError('status', { status: code })
const codeOf = (code: string) => (error: unknown) =>
  error instanceof AppError && error.code === code
/** Lets background work finish: nothing in these tests waits for timers or the network. */
const settle = () => new Promise((done) => setImmediate(done))

test('our own limit on concurrent fetches does not delay the next fetch of a document', async () => {
  const cache = createCache()
  published = new FetchError('busy')
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_unavailable'))
  published = 'first'
  assert.equal(await cache.get(URL_OF_CLIENT), 'first')
})

test('a failed fetch delays the next one of that URL only, by retrySeconds', async () => {
  const cache = createCache()
  published = status(500)
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_unavailable'))
  published = 'first'
  nowMs += 29 * SECONDS
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_unavailable'))
  assert.equal(await cache.get(OTHER_URL), 'first')
  nowMs += SECONDS
  assert.equal(await cache.get(URL_OF_CLIENT), 'first')
  assert.deepEqual(fetchedUrls, [URL_OF_CLIENT, OTHER_URL, URL_OF_CLIENT])
})

test('the failures of 1000 URLs are remembered, and no more', async () => {
  const cache = createCache()
  published = status(500)
  const urls = Array.from({ length: 1001 }, (_, index) => `https://client.example/${index}`)
  for (const url of urls) await assert.rejects(cache.get(url))
  published = 'first'
  const [oldest = '', second = ''] = urls
  await assert.rejects(cache.get(second), codeOf('client_document_unavailable'))
  assert.equal(await cache.get(oldest), 'first')
})

test('a document that nobody keeps expires within a day after it was fresh, and failures do not extend that', async () => {
  for (const failure of [status(404), status(500), new FetchError('timeout')]) {
    const cache = createCache()
    published = 'first'
    await cache.get(URL_OF_CLIENT)
    const expiresAtMs = nowMs + (60 + DAY_SECONDS) * SECONDS
    published = failure
    nowMs = expiresAtMs - SECONDS
    assert.equal(await cache.get(URL_OF_CLIENT), 'first', String(failure.status))
    nowMs = expiresAtMs
    assert.equal(await store.find(URL_OF_CLIENT), undefined, String(failure.status))
    nowMs += HOURS
  }
})

test('a document that is kept expires keepSeconds after it was last kept, and fetches do not shorten that', async () => {
  const cache = createCache()
  await cache.keep(URL_OF_CLIENT)
  assert.equal(await store.find(URL_OF_CLIENT), undefined)
  await cache.get(URL_OF_CLIENT)
  nowMs += MINUTES
  await cache.keep(URL_OF_CLIENT)
  const expiresAtMs = nowMs + LONG_KEEP_SECONDS * SECONDS
  for (const next of ['second', status(404), status(500)]) {
    nowMs += 2 * HOURS
    published = next
    await cache.get(URL_OF_CLIENT)
    assert.equal(stored.get(URL_OF_CLIENT)?.expiresAtMs, expiresAtMs, String(next))
  }
})

test('keeping a document is written once a day', async () => {
  const caches = [createCache(), createCache()]
  for (const cache of caches) await cache.get(URL_OF_CLIENT)
  const keep = async () => {
    for (const cache of caches) await cache.keep(URL_OF_CLIENT)
    return stored.get(URL_OF_CLIENT)?.expiresAtMs
  }
  const first = await keep()
  nowMs += 24 * HOURS - 1
  assert.equal(await keep(), first)
  nowMs += 1
  assert.equal(await keep(), nowMs + LONG_KEEP_SECONDS * SECONDS)
})

test('a document that expires while a 404 is fetched serves that request only', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  nowMs += (60 + DAY_SECONDS - 1) * SECONDS
  published = status(404)
  fetchMs = 5 * SECONDS
  assert.equal(await cache.get(URL_OF_CLIENT), 'first')
  nowMs += SECONDS
  assert.equal(await store.find(URL_OF_CLIENT), undefined)
})

test('a valid document between two 404s starts the five minutes again', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  for (const next of [status(404), 'second', status(404)]) {
    nowMs += 3 * MINUTES
    published = next
    await cache.get(URL_OF_CLIENT)
  }
  nowMs += 5 * MINUTES - 1
  assert.equal(await cache.get(URL_OF_CLIENT), 'second')
  nowMs += 31 * SECONDS
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_withdrawn'))
  assert.equal(stored.size, 0)
})

test('only 404 and 410 count as missing, however long another failure lasts', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  const faults: FetchFault[] = ['address', 'redirect', 'type', 'too_large', 'timeout', 'network']
  for (const failure of [...faults.map((fault) => new FetchError(fault)), status(500)]) {
    published = failure
    nowMs += 6 * MINUTES
    assert.equal(await cache.get(URL_OF_CLIENT), 'first', failure.fault)
  }
})

test('a 410 removes the document at once only for documents whose faults say so', async () => {
  for (const isGonePermanent of [true, false]) {
    const cache = createCache({ isGonePermanent })
    published = 'first'
    await cache.get(URL_OF_CLIENT)
    nowMs += 61 * SECONDS
    published = status(410)
    const answer = cache.get(URL_OF_CLIENT)
    if (isGonePermanent) await assert.rejects(answer, codeOf('client_document_withdrawn'))
    else assert.equal(await answer, 'first')
    assert.equal(stored.size, isGonePermanent ? 0 : 1)
  }
})

test('an invalid document replaces the cached one only if its publisher made it', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  nowMs += 61 * SECONDS
  published = 'error page'
  assert.equal(await cache.get(URL_OF_CLIENT), 'first')
  nowMs += 31 * SECONDS
  published = 'invalid'
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_refused'))
  assert.equal(stored.size, 0)
})

test('a client gets a fault that may pass as unavailable, a person gets the fault itself', async () => {
  const cache = createCache()
  for (const [failure, code] of [
    [status(404), 'client_document_withdrawn'],
    [new FetchError('type'), 'client_document_refused'],
    [new FetchError('address'), 'client_document_unresolved'],
    ['error page', 'client_document_refused'],
  ] as const) {
    published = failure
    nowMs += 31 * SECONDS
    await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_unavailable'))
    const shown = cache.get(URL_OF_CLIENT, { isShownToPerson: true })
    await assert.rejects(shown, codeOf(code))
  }
})

test('clients, too, get the fault of a URL that can never be fetched', async () => {
  published = new FetchError('url')
  await assert.rejects(createCache().get(URL_OF_CLIENT), codeOf('client_document_refused'))
})

test('a cached document that newer rules reject is fetched again, even while it is fresh', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  forbidden = 'first'
  published = 'second'
  assert.equal(await cache.get(URL_OF_CLIENT, { staleWhileRevalidate: true }), 'second')
})

test('a cached document that newer rules reject does not serve when the fetch fails', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  forbidden = 'first'
  published = status(500)
  await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('client_document_unavailable'))
})

test('a bug in parse is thrown as it is: it does not pass for a fault of the document', async () => {
  const cache = createCache()
  published = 7
  await assert.rejects(cache.get(URL_OF_CLIENT), TypeError)
  const cached = { value: 7, fetchedAtMs: nowMs, freshUntilMs: nowMs + MINUTES }
  await store.save(URL_OF_CLIENT, cached, 3600)
  published = 'first'
  await assert.rejects(cache.get(URL_OF_CLIENT), TypeError)
})

test('a store that cannot save is reported as such, and the next request fetches again', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  for (const next of ['second', status(404), status(410)]) {
    nowMs += 61 * SECONDS
    published = next
    storeFault = new AppError('store_unavailable')
    await assert.rejects(cache.get(URL_OF_CLIENT), codeOf('store_unavailable'))
    storeFault = undefined
  }
})

test('a fresh document without what the caller needs is fetched again after retrySeconds', async () => {
  const cache = createCache()
  const isSufficient = (value: string) => value === 'second'
  assert.equal(await cache.get(URL_OF_CLIENT), 'first')
  published = 'second'
  nowMs += 29 * SECONDS
  assert.equal(await cache.get(URL_OF_CLIENT, { isSufficient }), 'first')
  assert.equal(fetchedUrls.length, 1)
  nowMs += SECONDS
  assert.equal(await cache.get(URL_OF_CLIENT, { isSufficient }), 'second')
})

test('a document without what the caller needs does not stand in for one that cannot be fetched', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  nowMs += 61 * SECONDS
  published = status(500)
  const isSufficient = () => false
  const answer = cache.get(URL_OF_CLIENT, { isSufficient, staleWhileRevalidate: true })
  await assert.rejects(answer, codeOf('client_document_unavailable'))
})

test('with staleWhileRevalidate, one fetch in the background renews a stale document', async () => {
  const cache = createCache()
  await cache.get(URL_OF_CLIENT)
  nowMs += 61 * SECONDS
  published = 'second'
  const revalidate = () => cache.get(URL_OF_CLIENT, { staleWhileRevalidate: true })
  assert.deepEqual(await Promise.all([revalidate(), revalidate()]), ['first', 'first'])
  await settle()
  assert.equal(await revalidate(), 'second')
  assert.equal(fetchedUrls.length, 2)
  nowMs += 61 * SECONDS
  published = 'third'
  assert.equal(await cache.get(URL_OF_CLIENT), 'third', 'and without it, the caller waits')
})

test('a failure in the background is reported once, whatever its cause', async () => {
  const cache = createCache()
  const failInBackground = async (next: unknown) => {
    published = next
    nowMs += 61 * SECONDS
    reported = []
    assert.equal(await cache.get(URL_OF_CLIENT, { staleWhileRevalidate: true }), 'first')
    await settle()
    return reported.map(({ code, cause }) => [code, cause instanceof TypeError])
  }
  await cache.get(URL_OF_CLIENT)
  assert.deepEqual(await failInBackground(status(500)), [['client_document_unavailable', false]])
  assert.deepEqual(await failInBackground(7), [['internal', true]])
  storeFault = new AppError('store_unavailable')
  assert.deepEqual(await failInBackground('second'), [['store_unavailable', false]])
})
