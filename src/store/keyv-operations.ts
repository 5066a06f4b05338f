// get, set and delete through Keyv, over the adapter of a backend. swap, take and scan use the same keys
// without Keyv, so Keyv must add neither a prefix to a key nor its envelope around a value.

import { Keyv } from 'keyv'
import type { Store } from './store.ts'

/** The operations of a store that Keyv provides. Each backend implements the others itself. */
type KeyvOperations = Pick<Store, 'get' | 'set' | 'delete'>

/** A backend's side of Keyv's storage adapter. Lifetimes are milliseconds here. */
export interface KeyvAdapter {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  delete(key: string): Promise<boolean>
}

export function createKeyvOperations(adapter: KeyvAdapter): KeyvOperations {
  const keyv = new Keyv<string>({
    store: { ...adapter, clear: rejectClear },
    // By default Keyv puts `keyv:` before each key.
    useKeyPrefix: false,
    // Keyv swallows errors by default, and a swallowed read turns an outage into invalid_grant.
    throwOnErrors: true,
    serialize: ({ value }) => requireString(value),
    // Keyv lets the caller name the type of a value; here the only one is string.
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

// Keyv accepts no adapter without clear(), and nothing here may empty a store.
async function rejectClear(): Promise<never> {
  throw new Error('a store is never cleared')
}

function requireString(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`a value is a string, not ${typeof value}`)
  return value
}
