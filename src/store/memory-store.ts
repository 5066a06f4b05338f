// For tests: the records are lost when the process ends. Lifetimes follow the injected clock.

import { createKeyvOperations, type KeyvAdapter } from './keyv-operations.ts'
import { scanKeys } from './scan-keys.ts'
import type { Store } from './store.ts'

interface MemoryRecord {
  readonly value: string
  readonly expiresAtMs: number
}

export function createMemoryStore({ now }: { now: () => number }): Store {
  const records = new Map<string, MemoryRecord>()

  const findRecord = (key: string): MemoryRecord | undefined => {
    const record = records.get(key)
    if (record === undefined || record.expiresAtMs > now()) return record
    records.delete(key)
    return undefined
  }
  const find = (key: string): string | undefined => findRecord(key)?.value
  const put = (key: string, value: string, ttlMs: number): void => {
    records.set(key, { value, expiresAtMs: now() + ttlMs })
  }

  const adapter: KeyvAdapter = {
    get: async (key) => find(key),
    set: async (key, value, ttlMs) => put(key, value, ttlMs),
    delete: async (key) => records.delete(key),
  }

  async function* scanPages(prefix: string) {
    yield [...records.keys()].filter((key) => key.startsWith(prefix) && find(key) !== undefined)
  }

  return {
    ...createKeyvOperations(adapter),
    async getWithTtl(key) {
      const record = findRecord(key)
      return record && { value: record.value, ttlMs: record.expiresAtMs - now() }
    },
    async swap(key, expected, next, ttlSeconds) {
      if (find(key) !== expected) return false
      if (next === undefined) records.delete(key)
      else put(key, next, ttlSeconds * 1000)
      return true
    },
    async take(key) {
      const value = find(key)
      records.delete(key)
      return value
    },
    scan: (prefix) => scanKeys(scanPages(prefix)),
    scanPages,
    ping: async () => {},
    close: async () => records.clear(),
  }
}
