// Records by kind and id over the store: JSON in, JSON out. The keys are key-names.ts; the bytes are the
// store's.
import { hashId, type RecordKind, recordKey } from './key-names.ts'
import type { Store } from './store.ts'

export interface Records {
  find(kind: RecordKind, id: string): Promise<unknown>
  /** Whether a record with this id hash lives. */
  isStored(kind: RecordKind, idHash: string): Promise<boolean>
  save(kind: RecordKind, id: string, value: unknown, ttlSeconds: number): Promise<void>
  remove(kind: RecordKind, id: string): Promise<void>
  /** Find and remove: of many callers, one gets it. */
  take(kind: RecordKind, id: string): Promise<unknown>
  /**
   * Replaces the record by what `change` makes of it, if it is still the one that `change` saw.
   * `change` returns undefined to give up. False when it gave up, lost, or found nothing.
   */
  update(
    kind: RecordKind,
    id: string,
    change: (value: unknown) => { value: unknown; ttlSeconds: number } | undefined,
  ): Promise<boolean>
}

const parse = (stored: string | undefined): unknown =>
  stored === undefined ? undefined : JSON.parse(stored)

export function createRecords({ store }: { store: Store }): Records {
  const key = (kind: RecordKind, id: string) => recordKey(kind, hashId(id))
  return {
    find: async (kind, id) => parse(await store.get(key(kind, id))),
    isStored: async (kind, idHash) => (await store.get(recordKey(kind, idHash))) !== undefined,
    save: (kind, id, value, ttlSeconds) =>
      store.set(key(kind, id), JSON.stringify(value), ttlSeconds),
    remove: (kind, id) => store.delete(key(kind, id)),
    take: async (kind, id) => parse(await store.take(key(kind, id))),
    async update(kind, id, change) {
      const stored = await store.get(key(kind, id))
      if (stored === undefined) return false
      const next = change(parse(stored))
      if (next === undefined) return false
      return store.swap(key(kind, id), stored, JSON.stringify(next.value), next.ttlSeconds)
    },
  }
}
