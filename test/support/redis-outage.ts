// Checks of a store while its Redis is away, and after Redis is back.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../src/store/store.ts'

export const unavailable = { name: 'AppError', code: 'store_unavailable', status: 503 }

export async function assertUnavailable(store: Store): Promise<void> {
  const calls = [
    store.get('a'),
    store.set('a', '1', 60),
    store.delete('b'),
    store.swap('c', undefined, '1', 60),
    store.swap('c', '1', '2', 60),
    store.take('d'),
    store.ping(),
    store.scan('e')[Symbol.asyncIterator]().next(),
  ]
  await within(5000, Promise.all(calls.map((call) => assert.rejects(call, unavailable))))
}

/**
 * Repeats the call until it succeeds, for at most `limitMs`. Each attempt must finish within `deadlineMs`,
 * and may only fail with `store_unavailable`.
 */
export async function retryUntilAnswered<T>(
  limitMs: number,
  deadlineMs: number,
  call: () => Promise<T>,
): Promise<T> {
  const endsAtMs = Date.now() + limitMs
  while (true) {
    try {
      return await within(deadlineMs + 500, call())
    } catch (error) {
      assert.throws(() => {
        throw error
      }, unavailable)
      if (Date.now() > endsAtMs) throw error
      await sleep(50)
    }
  }
}

export async function assertRecovers(store: Store): Promise<void> {
  await retryUntilAnswered(5000, 5000, () => store.ping())
  await store.set('recovered', '1', 60)
  assert.equal(await store.take('recovered'), '1')
}

export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const timeout = sleep(limitMs, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${limitMs} ms`)
  })
  return await Promise.race([work, timeout])
}
