// The canary over stores of several servers, over stores of earlier releases, and beside processes with other secrets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from '../../../../src/crypto/seal.ts'
import { createCanary } from '../../../../src/records/canary/canary.ts'
import { createImportMark } from '../../../../src/records/canary/import-mark.ts'
import { createMemoryStore } from '../../../../src/store/memory-store.ts'
import type { Store } from '../../../../src/store/store.ts'

const OURS = 'a secret of thirty-two bytes and more'
const OTHER = 'another secret of thirty-two bytes and more'
const NEWER = 'a third secret of thirty-two bytes and more'
const PARTITIONS = ['{b}', '{c}', '{d}']
const YEAR_SECONDS = 365 * 86_400

/** A store of three servers, any of which may be down. */
function openStore(partitions?: readonly string[]) {
  const memory = createMemoryStore({ now: Date.now })
  const down = new Set<string>()
  const guard = async (key: string) => {
    if ([...down].some((partition) => key.endsWith(partition))) throw new Error('down')
  }
  const store: Store = {
    ...memory,
    partitions,
    get: (key) => guard(key).then(() => memory.get(key)),
    set: (key, value, ttl) => guard(key).then(() => memory.set(key, value, ttl)),
    scan(prefix) {
      if (down.size > 0) throw new Error('a server does not answer')
      return memory.scan(prefix)
    },
  }
  return { store, down }
}

function openProcess(store: Store, ...secrets: [string, ...string[]]) {
  const lines: string[] = []
  let nowMs = 0
  const log = (_fields: unknown, message?: unknown) => void lines.push(String(message ?? _fields))
  const canary = createCanary({
    store,
    seal: createSeal(secrets),
    storeKeyPrefix: 'p',
    longestLifetimeSeconds: YEAR_SECONDS,
    logger: { warn: log, error: log },
    now: Date.now,
    // Each check is a new one.
    monotonicNow: () => (nowMs += 2000),
  })
  return { canary, lines }
}

const seal = (store: Store, secret: string, kind: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, n) => {
      const key = `p:${kind}:${secret.slice(0, 3)}${n}`
      return store.set(key, createSeal([secret]).seal('{}', key), 600)
    }),
  )

const refused = { code: 'store_unavailable' }

test('a wrong secret is found in a store of several servers, however many canaries there could be', async () => {
  const { store } = openStore(PARTITIONS)
  await openProcess(store, OURS).canary.check()
  const wrong = openProcess(store, OTHER)
  await assert.rejects(wrong.canary.check(), refused)
  await assert.rejects(wrong.canary.confirm(), refused)
  await openProcess(store, OURS).canary.check()
})

test('a process starts while one server is down, and one that runs reports no emptied store', async () => {
  const { store, down } = openStore(PARTITIONS)
  const running = openProcess(store, OURS)
  await running.canary.check()
  down.add('{b}')
  const started = openProcess(store, OURS)
  await started.canary.confirm()
  await started.canary.check()
  await running.canary.check()
  assert.deepEqual([...running.lines, ...started.lines], [])
})

test('a copy under a secret that is gone, left from an outage, keeps nobody out', async () => {
  const { store, down } = openStore(PARTITIONS)
  const key = 'p:canary:{c}'
  const text = JSON.stringify({ version: 1, secrets: {} })
  await openProcess(store, OURS).canary.check()
  await store.set(key, createSeal([OTHER]).seal(text, key), 600)
  await openProcess(store, OURS).canary.check()
  await store.set(key, createSeal([OTHER]).seal(text, key), 600)
  down.add('{b}')
  await openProcess(store, OURS).canary.confirm()
})

test('the mark of an unfinished import keeps everybody out, in any copy, until a canary replaces it', async () => {
  const { store } = openStore(PARTITIONS)
  const running = openProcess(store, OURS)
  await running.canary.check()
  const seal = createSeal([OURS])
  const mark = createImportMark({ store, seal, storeKeyPrefix: 'p' })
  const canaries = await Promise.all(PARTITIONS.map((part) => store.get(`p:canary:${part}`)))
  await mark.set({ checksum: 'of a file', uses: { abc: 5 } })
  // One copy is as it was before, as if the import had been killed while it set the mark.
  await store.set('p:canary:{b}', canaries[0] ?? '', 600)
  await assert.rejects(running.canary.check(), refused)
  assert.equal(running.canary.isConfirmed, false)
  await assert.rejects(openProcess(store, OURS).canary.confirm(), refused)
  assert.equal((await mark.read()).unfinished?.checksum, 'of a file')
  assert.equal((await mark.read()).uses['abc'], 5)

  // Whoever removed a part of the mark is not this import.
  assert.equal(await mark.replace({}), false)
  await mark.set({ checksum: 'of a file', uses: {} })
  assert.equal(await mark.replace({}), true)
  await openProcess(store, OURS).canary.confirm()
  await running.canary.check()
})

test('a copy of a newer release keeps an older one out, wherever it is', async () => {
  const { store } = openStore(PARTITIONS)
  await openProcess(store, OURS).canary.check()
  const key = 'p:canary:{d}'
  await store.set(
    key,
    createSeal([OURS]).seal(JSON.stringify({ version: 2, secrets: {} }), key),
    600,
  )
  await assert.rejects(openProcess(store, OURS).canary.check(), refused)
})

test('in a store of an earlier release, one record of ours among many orphans is enough', async () => {
  for (const kind of ['client', 'refresh-family', 'grant']) {
    const { store } = openStore()
    await seal(store, OTHER, 'account', 1500)
    await seal(store, OTHER, kind, 100)
    await seal(store, OURS, kind, 5)
    await openProcess(store, OURS).canary.check()
  }
})

test('in a store of an earlier release, counters of rate limits do not hide that the secret is wrong', async () => {
  const { store } = openStore()
  for (let n = 0; n < 50; n += 1) await store.set(`p:limit:a:${n}`, '1', 600)
  await seal(store, OURS, 'client', 10)
  await assert.rejects(openProcess(store, OTHER).canary.check(), refused)
  await openProcess(store, OURS).canary.check()
})

test('a process that was kept out does not take the store when it is emptied', async () => {
  const { store } = openStore()
  const [right, wrong] = [openProcess(store, OURS), openProcess(store, OTHER)]
  await right.canary.check()
  await assert.rejects(wrong.canary.check(), refused)
  await store.delete('p:canary')
  await assert.rejects(wrong.canary.check(), refused)
  await right.canary.check()
  assert.match(right.lines[0] ?? '', /was emptied/)
  await right.canary.check()
  assert.equal(right.lines.length, 1)
})

test('a secret that was replaced before the canary existed is known to it, and its removal is noticed', async () => {
  const { store } = openStore()
  await seal(store, OTHER, 'grant', 10)
  await seal(store, OURS, 'grant', 10)
  await openProcess(store, OURS, OTHER).canary.check()
  const without = openProcess(store, NEWER, OURS)
  await without.canary.check()
  await new Promise(setImmediate)
  await new Promise((done) => setTimeout(done, 50))
  assert.match(without.lines.join(), /under a secret that was removed/)
})
