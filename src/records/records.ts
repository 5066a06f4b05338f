// Records by kind and id over the store: JSON, sealed under its key. The keys are key-names.ts.
import type { Seal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { isAbsentWhenUnreadable, type KeyNames, type RecordKind } from './key-names.ts'

/** A record as it was read, to be changed only if it is still the same. */
export interface OpenRecord {
  readonly value: unknown
  /** Compare-and-set: the record as it is then; undefined when it has changed or gone since it was read. */
  replace(value: unknown, ttlSeconds: number): Promise<OpenRecord | undefined>
  /** The same, with a way back, also where it cannot be known whether it was done. */
  exchange(value: unknown, ttlSeconds: number): Exchange
}

export interface Exchange {
  readonly isDone: Promise<boolean>
  /** Removes what was put, unless that has changed: false. */
  remove(): Promise<boolean>
  /** Puts back what was there, unless what was put in its place has changed: false. */
  undo(ttlSeconds: number): Promise<boolean>
}

export interface Records {
  find(kind: RecordKind, id: string): Promise<unknown>
  /** The record that a reference of `hashId` names. */
  findByHash(kind: RecordKind, idHash: string): Promise<unknown>
  open(kind: RecordKind, id: string): Promise<OpenRecord | undefined>
  save(kind: RecordKind, id: string, value: unknown, ttlSeconds: number): Promise<void>
  /** Only if there is none with this id yet; undefined: there is. Of many callers, one gets it. */
  add(
    kind: RecordKind,
    id: string,
    value: unknown,
    ttlSeconds: number,
  ): Promise<OpenRecord | undefined>
  /** The same, with a way back that removes nothing but what was put. */
  put(kind: RecordKind, id: string, value: unknown, ttlSeconds: number): Exchange
  remove(kind: RecordKind, id: string): Promise<void>
  /** Find and remove: of many callers, one gets it. */
  take(kind: RecordKind, id: string): Promise<unknown>
}

/** Less than the time after which another process may take over what was claimed here. */
const REMOVAL_DOUBT_MS = 10_000

/** Where a record lies, and how another takes its place. */
interface Place {
  readonly key: string
  /** What is there; undefined: nothing. */
  readonly stored: string | undefined
  /** False: it is not there any more. */
  swap(encoded: string, ttlSeconds: number): Promise<boolean>
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
      const [newest = key] = keys
      return describe(value, key === newest ? placeOf(key, stored) : oldPlaceOf(newest, key, value))
    }
    return undefined
  }

  const placeOf = (key: string, stored: string | undefined): Place => ({
    key,
    stored,
    swap: (encoded, ttlSeconds) => store.swap(key, stored, encoded, ttlSeconds),
  })

  /** A record under a name of an older secret moves to the newest one's when it changes. */
  const oldPlaceOf = (newest: string, key: string, value: unknown): Place => ({
    key: newest,
    stored: encode(newest, value),
    async swap(encoded, ttlSeconds) {
      if (!(await store.swap(newest, undefined, encoded, ttlSeconds))) return false
      await store.delete(key)
      return true
    },
  })

  function describe(value: unknown, place: Place): OpenRecord {
    return {
      value,
      async replace(next, ttlSeconds) {
        const encoded = encode(place.key, next)
        const isDone = await place.swap(encoded, ttlSeconds)
        return isDone ? describe(next, placeOf(place.key, encoded)) : undefined
      },
      exchange: (next, ttlSeconds) => exchange(place, encode(place.key, next), ttlSeconds),
    }
  }

  function exchange({ key, stored, swap }: Place, encoded: string, ttl: number): Exchange {
    let isRemoved = false
    let doubtEndsAtMs = Number.POSITIVE_INFINITY
    return {
      isDone: swap(encoded, ttl),
      async remove() {
        // What has no answer may have been done. Later than this it may have been done by others.
        isRemoved = true
        doubtEndsAtMs = performance.now() + REMOVAL_DOUBT_MS
        isRemoved = await store.swap(key, encoded, undefined, 1)
        doubtEndsAtMs = Number.POSITIVE_INFINITY
        return isRemoved
      },
      async undo(ttlSeconds) {
        if (await store.swap(key, encoded, stored, ttlSeconds)) return true
        if (!isRemoved || performance.now() > doubtEndsAtMs) return false
        return stored !== undefined && store.swap(key, undefined, stored, ttlSeconds)
      },
    }
  }

  const describeNothing = (kind: RecordKind, id: string): OpenRecord =>
    describe(undefined, placeOf(keyNames.ofId(kind, id)[0], undefined))

  return {
    find: async (kind, id) => (await open(kind, keyNames.ofId(kind, id)))?.value,
    findByHash: async (kind, hash) => (await open(kind, [keyNames.ofHash(kind, hash)]))?.value,
    open: (kind, id) => open(kind, keyNames.ofId(kind, id)),
    save(kind, id, value, ttlSeconds) {
      const [key] = keyNames.ofId(kind, id)
      return store.set(key, encode(key, value), ttlSeconds)
    },
    add: (kind, id, value, ttlSeconds) => describeNothing(kind, id).replace(value, ttlSeconds),
    put: (kind, id, value, ttlSeconds) => describeNothing(kind, id).exchange(value, ttlSeconds),
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
