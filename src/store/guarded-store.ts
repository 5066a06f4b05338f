// Wraps a backend: every call has a deadline, and callers get an AppError instead of the backend's errors.

import { withDeadline } from '../deadline.ts'
import { AppError } from '../errors.ts'
import { scanKeys } from './scan-keys.ts'
import type { Limit, Store } from './store.ts'

interface GuardOptions {
  store: Store
  deadlineMs: number
}

/**
 * Backend errors become `store_unavailable`. A RangeError passes through: the caller made a mistake.
 * The backend is called synchronously, so that commands of the same tick still reach it in one write.
 */
export function guardStore({ store, deadlineMs }: GuardOptions): Store {
  const { createLimiter } = store
  let closing: Promise<void> | undefined

  const guard = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      if (closing !== undefined) throw new Error('the store is closed')
      return await withDeadline(operation(), deadlineMs)
    } catch (error) {
      if (error instanceof RangeError) throw error
      throw new AppError('store_unavailable', { cause: error })
    }
  }

  /** Each page has the deadline, however many there are before the first key. */
  async function* scanPages(prefix: string) {
    const pages = store.scanPages(prefix)[Symbol.asyncIterator]()
    try {
      while (true) {
        const next = await guard(() => pages.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      // Not awaited: return() waits for a pending next(), which may never settle.
      pages.return?.().catch(() => {})
    }
  }

  return {
    get: (key) => guard(() => store.get(key)),
    getWithTtl: (key) => guard(() => store.getWithTtl(key)),
    set: (key, value, ttlSeconds) =>
      guard(() => {
        requireLifetime(ttlSeconds)
        return store.set(key, value, ttlSeconds)
      }),
    delete: (key) => guard(() => store.delete(key)),
    swap: (key, expected, next, ttlSeconds) =>
      guard(() => {
        if (next !== undefined) requireLifetime(ttlSeconds)
        return store.swap(key, expected, next, ttlSeconds)
      }),
    take: (key) => guard(() => store.take(key)),
    scan: (prefix) => scanKeys(scanPages(prefix)),
    scanPages,
    ...(createLimiter && {
      createLimiter(limit: Limit) {
        const consume = createLimiter(limit)
        return (key: string) => guard(() => consume(key))
      },
    }),
    ping: () => guard(() => store.ping()),
    partitions: store.partitions,
    close() {
      closing ??= store.close()
      return closing
    },
  }
}

// Keyv treats 0 as no lifetime, and a record without a lifetime never expires.
function requireLifetime(ttlSeconds: number): void {
  if (Number.isSafeInteger(ttlSeconds) && ttlSeconds > 0) return
  throw new RangeError(`a lifetime must be a positive whole number of seconds, not ${ttlSeconds}`)
}
