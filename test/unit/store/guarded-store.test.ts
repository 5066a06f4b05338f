import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeadlineError } from '../../../src/deadline.ts'
import { guardStore } from '../../../src/store/guarded-store.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/store.ts'

const DEADLINE_MS = 50

function callAll(store: Store): Promise<unknown>[] {
  return [
    store.get('a'),
    store.getWithTtl('a'),
    store.set('a', '1', 60),
    store.delete('a'),
    store.swap('a', undefined, '1', 60),
    store.take('a'),
    store.scan('a')[Symbol.asyncIterator]().next(),
    store.scanPages('a')[Symbol.asyncIterator]().next(),
    store.ping(),
  ]
}

async function assertAllReject(store: Store, expected: object): Promise<void> {
  await Promise.all(callAll(store).map((call) => assert.rejects(call, expected)))
}

/** A memory store whose every call returns what `call` returns. */
function createBackend(call: () => Promise<never>): Store {
  return {
    ...createMemoryStore({ now: Date.now }),
    get: call,
    getWithTtl: call,
    set: call,
    delete: call,
    swap: call,
    take: call,
    ping: call,
    scanPages: () => ({ [Symbol.asyncIterator]: () => ({ next: call }) }),
  }
}

test('a call of a backend that never answers fails at the deadline', async () => {
  const store = guardStore({
    store: createBackend(() => new Promise<never>(() => {})),
    deadlineMs: DEADLINE_MS,
  })
  await assertAllReject(store, { code: 'store_unavailable', cause: new DeadlineError(DEADLINE_MS) })
})

test("a backend's error becomes store_unavailable, and remains its cause", async () => {
  const cause = new Error('of the backend')
  const store = guardStore({
    store: createBackend(() => Promise.reject(cause)),
    deadlineMs: DEADLINE_MS,
  })
  await assertAllReject(store, { code: 'store_unavailable', status: 503, cause })
})

test('an error that the backend throws synchronously becomes store_unavailable too', async () => {
  const store = guardStore({
    store: createBackend(() => {
      throw new Error('of the backend')
    }),
    deadlineMs: DEADLINE_MS,
  })
  await assertAllReject(store, { code: 'store_unavailable' })
})

test('a closed store closes its backend once, and does not call it again', async () => {
  let calls = 0
  let closes = 0
  const backend = createBackend(() => {
    calls += 1
    throw new Error('called')
  })
  const store = guardStore({
    store: {
      ...backend,
      async close() {
        closes += 1
      },
    },
    deadlineMs: DEADLINE_MS,
  })
  await Promise.all([store.close(), store.close()])
  await assertAllReject(store, { code: 'store_unavailable' })
  assert.deepEqual([calls, closes], [0, 1])
})

test('a scan that is left early ends the scan of the backend, without waiting for it', async () => {
  let returns = 0
  const pages = {
    next: async () => ({ done: false, value: ['a'] }) as const,
    return() {
      returns += 1
      return new Promise<never>(() => {})
    },
  }
  const memory = createMemoryStore({ now: Date.now })
  const store = guardStore({
    store: { ...memory, scanPages: () => ({ [Symbol.asyncIterator]: () => pages }) },
    deadlineMs: DEADLINE_MS,
  })
  for await (const key of store.scan('a')) {
    assert.equal(key, 'a')
    break
  }
  assert.equal(returns, 1)
})

test('a scan has the deadline for each page, however many pages come before the first key', async () => {
  const memory = createMemoryStore({ now: Date.now })
  async function* scanPages() {
    for (let n = 0; n < 4; n += 1) {
      await sleep(DEADLINE_MS / 2)
      yield n === 3 ? ['a'] : []
    }
  }
  const store = guardStore({ store: { ...memory, scanPages }, deadlineMs: DEADLINE_MS })
  assert.deepEqual(await Array.fromAsync(store.scan('a')), ['a'])
})
