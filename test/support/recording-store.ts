// A memory store that records each write and its lifetime.
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'

interface Write {
  readonly key: string
  readonly value: string
  readonly ttlSeconds: number
}

export interface RecordingStore extends Store {
  readonly writes: readonly Write[]
  /** The lifetimes, in seconds, with which records of one kind were written, e.g. `refresh-family`. */
  lifetimes(kind: string): number[]
}

export function createRecordingStore({ now }: { now: () => number }): RecordingStore {
  const store = createMemoryStore({ now })
  const writes: Write[] = []
  return {
    ...store,
    writes,
    lifetimes: (kind) =>
      writes.filter(({ key }) => key.split(':')[1] === kind).map(({ ttlSeconds }) => ttlSeconds),
    async set(key, value, ttlSeconds) {
      writes.push({ key, value, ttlSeconds })
      await store.set(key, value, ttlSeconds)
    },
    async swap(key, expected, next, ttlSeconds) {
      if (next !== undefined) writes.push({ key, value: next, ttlSeconds })
      return store.swap(key, expected, next, ttlSeconds)
    },
  }
}
