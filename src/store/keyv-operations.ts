// get, set and delete by Keyv, over whatever adapter a backend brings. The atomic half works on the
// same keys behind Keyv's back, so neither a namespace nor Keyv's envelope may come between.

import { Keyv } from 'keyv'
import type { Store } from './store.ts'

type PlainHalf = Pick<Store, 'get' | 'set' | 'delete'>

/** What Keyv asks of a storage adapter. Lifetimes are milliseconds here. */
export interface KeyvAdapter {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
}

export function createPlainHalf(adapter: object): PlainHalf {
  const keyv = new Keyv<string>({
    store: adapter,
    // Absent would mean 'keyv'; empty means none.
    namespace: '',
    useKeyPrefix: false,
    // Keyv swallows errors by default, and a swallowed read turns an outage into invalid_grant.
    throwOnErrors: true,
    // All of them are thrown too; emitted as well they would be reported twice.
    emitErrors: false,
    serialize: ({ value }) => String(value),
    deserialize: <Value>(value: string) => ({ value: value as Value }),
  })
  return {
    get: (key) => keyv.get(key),
    async set(key, value, ttlSeconds) {
      await keyv.set(key, value, ttlSeconds * 1000)
    },
    async delete(key) {
      await keyv.delete(key)
    },
  }
}
