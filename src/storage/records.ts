// Records by kind and id over the store: JSON, sealed under its key. The keys are key-names.ts.
import type { Seal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { isAbsentWhenUnreadable, type KeyNames, type RecordKind } from './key-names.ts'
import type { Store } from './store.ts'

/** A record as it was read, to be changed only if it is still the same. */
export interface OpenRecord {
  readonly value: unknown
  /** Compare-and-set: false when it has changed or gone since it was read. */
  replace(value: unknown, ttlSeconds: number): Promise<boolean>
}

export interface Records {
  find(kind: RecordKind, id: string): Promise<unknown>
  /** The record that a reference of `hashId` names. */
  findByHash(kind: RecordKind, idHash: string): Promise<unknown>
  open(kind: RecordKind, id: string): Promise<OpenRecord | undefined>
  save(kind: RecordKind, id: string, value: unknown, ttlSeconds: number): Promise<void>
  /** Only if there is none with this id yet; false: there is. Of many callers, one gets true. */
  add(kind: RecordKind, id: string, value: unknown, ttlSeconds: number): Promise<boolean>
  remove(kind: RecordKind, id: string): Promise<void>
  /** Find and remove: of many callers, one gets it. */
  take(kind: RecordKind, id: string): Promise<unknown>
}

/** Every method throws AppError store_unavailable when the store cannot answer. */
export function createRecords(options: { store: Store; seal: Seal; keyNames: KeyNames }): Records {
  const { store, seal, keyNames } = options

  const encode = (key: string, value: unknown) => seal.seal(JSON.stringify(value), key)

  function decode(kind: RecordKind, key: string, stored: string): unknown {
    const text = seal.open(stored, key)
    if (text !== undefined) return JSON.parse(text)
    if (isAbsentWhenUnreadable(kind)) return undefined
    throw new AppError('store_unavailable', {
      cause: new Error(`a ${kind} record is sealed under a secret that SESSION_SECRET lacks`),
    })
  }

  async function open(kind: RecordKind, keys: readonly string[]): Promise<OpenRecord | undefined> {
    for (const key of keys) {
      const stored = await store.get(key)
      const value = stored === undefined ? undefined : decode(kind, key, stored)
      if (stored === undefined || value === undefined) continue
      return {
        value,
        replace: (next, ttlSeconds) => store.swap(key, stored, encode(key, next), ttlSeconds),
      }
    }
    return undefined
  }

  return {
    find: async (kind, id) => (await open(kind, keyNames.ofId(kind, id)))?.value,
    findByHash: async (kind, hash) => (await open(kind, [keyNames.ofHash(kind, hash)]))?.value,
    open: (kind, id) => open(kind, keyNames.ofId(kind, id)),
    save(kind, id, value, ttlSeconds) {
      const [key] = keyNames.ofId(kind, id)
      return store.set(key, encode(key, value), ttlSeconds)
    },
    add(kind, id, value, ttlSeconds) {
      const [key] = keyNames.ofId(kind, id)
      return store.swap(key, undefined, encode(key, value), ttlSeconds)
    },
    async remove(kind, id) {
      await Promise.all(keyNames.ofId(kind, id).map((key) => store.delete(key)))
    },
    async take(kind, id) {
      const [key] = keyNames.ofId(kind, id)
      const stored = await store.take(key)
      return stored === undefined ? undefined : decode(kind, key, stored)
    },
  }
}
