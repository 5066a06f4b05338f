// Records by kind and id over the store: JSON with the version of its shape, sealed under its key, and for some
// kinds marked with the upstream. Kinds: record-kinds.ts; values: record-values.ts; keys: key-names.ts.
import type { Seal } from '../crypto/seal.ts'
import type { Store } from '../store/store.ts'
import type { KeyNames } from './key-names.ts'
import { formatRecord, openSeal, parseRecord } from './record-parsers.ts'
import type { RecordKind, RecordValues } from './record-values.ts'
import { createUpstreamMarks } from './upstream/upstream-marks.ts'

/** A record as it was read. */
export interface OpenRecord<V> {
  readonly value: V
  /** Compare and set: the record as it is now, or undefined if it changed or went away since it was read. */
  replace(value: V, ttlSeconds: number): Promise<OpenRecord<V> | undefined>
  /** The same, for a change that may have to be undone. */
  swapReversibly(value: V, ttlSeconds: number): ReversibleSwap
}

/** A compare-and-set that was sent, and can be undone even if its answer was lost. */
export interface ReversibleSwap {
  /** False: the record had changed. A rejection means that the swap may have happened. */
  readonly isDone: Promise<boolean>
  /** Restores the record, which then lives for `ttlSeconds`. False: nothing to undo, or not yet. */
  undo(ttlSeconds: number): Promise<boolean>
}

type Opened<K extends RecordKind> = OpenRecord<RecordValues[K]>
type TtlOf<K extends RecordKind> = (value: RecordValues[K]) => number

/** Every method throws AppError store_unavailable if the store cannot answer or a record is unreadable. */
export interface Records {
  find<K extends RecordKind>(kind: K, id: string): Promise<RecordValues[K] | undefined>
  /** @param ttlOf moves a record under the name of an older secret to the newest name, with this lifetime */
  open<K extends RecordKind>(kind: K, id: string, ttlOf?: TtlOf<K>): Promise<Opened<K> | undefined>
  /** @param idHash a reference made by `hashId` */
  openByHash<K extends RecordKind>(kind: K, idHash: string): Promise<Opened<K> | undefined>
  save<K extends RecordKind>(
    kind: K,
    id: string,
    value: RecordValues[K],
    ttlSeconds: number,
  ): Promise<void>
  /** Creates the record; undefined if there is one with this id. Of many callers, one succeeds. */
  add<K extends RecordKind>(
    kind: K,
    id: string,
    value: RecordValues[K],
    ttlSeconds: number,
  ): Promise<Opened<K> | undefined>
  addReversibly<K extends RecordKind>(
    kind: K,
    id: string,
    value: RecordValues[K],
    ttlSeconds: number,
  ): ReversibleSwap
  remove(kind: RecordKind, id: string): Promise<void>
  /** Finds and removes. Of many callers, one gets the record. */
  take<K extends RecordKind>(kind: K, id: string): Promise<RecordValues[K] | undefined>
}

/** Where a record is written, and how its place is taken atomically. */
interface Place {
  readonly key: string
  /** The sealed text that is there now; undefined: none. */
  readonly stored: string | undefined
  /** False: something else is there by now. */
  swap(sealed: string, ttlSeconds: number): Promise<boolean>
}

export function createRecords(options: {
  store: Store
  seal: Seal
  keyNames: KeyNames
  upstreamIssuer: string
  getHomeMark: () => Promise<string>
}): Records {
  const { store, seal, keyNames } = options
  const marks = createUpstreamMarks(options)

  function encode<K extends RecordKind>(kind: K, key: string, value: RecordValues[K]): string {
    return seal.seal(formatRecord(kind, marks.mark(kind, value)), key)
  }

  async function decode<K extends RecordKind>(
    kind: K,
    key: string,
    sealed: string,
  ): Promise<RecordValues[K] | undefined> {
    const text = openSeal(seal, kind, key, sealed)
    if (text === undefined) return undefined
    const value = parseRecord(kind, text)
    return (await marks.isOurs(kind, value)) ? value : undefined
  }

  async function open<K extends RecordKind>(
    kind: K,
    keys: readonly [string, ...string[]],
    ttlOf?: TtlOf<K>,
  ): Promise<Opened<K> | undefined> {
    const [newest] = keys
    for (const key of keys) {
      const sealed = await store.get(key)
      const value = sealed === undefined ? undefined : await decode(kind, key, sealed)
      if (sealed === undefined || value === undefined) continue
      if (key === newest) return openAt(kind, value, placeAt(key, sealed))
      const opened = openAt(kind, value, movedPlace(kind, newest, { key, sealed, value }))
      if (!ttlOf) return opened
      // A store that takes no writes can still be read.
      const moving = opened.replace(value, ttlOf(value)).catch(() => opened)
      return (await moving) ?? open(kind, keys)
    }
    // Another process may have moved it after the newest name was read.
    return keys.length > 1 ? open(kind, [newest]) : undefined
  }

  const placeAt = (key: string, stored: string | undefined): Place => ({
    key,
    stored,
    swap: (sealed, ttlSeconds) => store.swap(key, stored, sealed, ttlSeconds),
  })

  /** A record under the key of an older secret moves to the newest one's key when it changes. */
  function movedPlace<K extends RecordKind>(
    kind: K,
    newest: string,
    old: { key: string; sealed: string; value: RecordValues[K] },
  ): Place {
    return {
      key: newest,
      stored: encode(kind, newest, old.value),
      async swap(sealed, ttlSeconds) {
        if (!(await store.swap(newest, undefined, sealed, ttlSeconds))) return false
        if (await store.swap(old.key, old.sealed, undefined, 1)) return true
        // Another process changed or removed it meanwhile.
        await store.swap(newest, sealed, undefined, 1)
        return false
      },
    }
  }

  function openAt<K extends RecordKind>(kind: K, value: RecordValues[K], place: Place): Opened<K> {
    return {
      value,
      replace: (next, ttlSeconds) => replace(kind, place, next, ttlSeconds),
      swapReversibly: (next, ttlSeconds) => swapReversibly(kind, place, next, ttlSeconds),
    }
  }

  async function replace<K extends RecordKind>(
    kind: K,
    place: Place,
    value: RecordValues[K],
    ttlSeconds: number,
  ): Promise<Opened<K> | undefined> {
    const sealed = encode(kind, place.key, value)
    return (await place.swap(sealed, ttlSeconds))
      ? openAt(kind, value, placeAt(place.key, sealed))
      : undefined
  }

  function swapReversibly<K extends RecordKind>(
    kind: K,
    { key, stored, swap }: Place,
    value: RecordValues[K],
    ttlSeconds: number,
  ): ReversibleSwap {
    // Sealing is randomised: no other request stores the same text, so undoing it undoes nobody else's.
    const sealed = encode(kind, key, value)
    return {
      isDone: swap(sealed, ttlSeconds),
      undo: (restSeconds) => store.swap(key, sealed, stored, restSeconds),
    }
  }

  const emptyPlace = (kind: RecordKind, id: string) =>
    placeAt(keyNames.ofId(kind, id)[0], undefined)

  return {
    find: async (kind, id) => (await open(kind, keyNames.ofId(kind, id)))?.value,
    openByHash: (kind, hash) => open(kind, [keyNames.ofHash(kind, hash)]),
    open: (kind, id, ttlOf) => open(kind, keyNames.ofId(kind, id), ttlOf),
    save(kind, id, value, ttlSeconds) {
      const [key] = keyNames.ofId(kind, id)
      return store.set(key, encode(kind, key, value), ttlSeconds)
    },
    add: (kind, id, value, ttlSeconds) => replace(kind, emptyPlace(kind, id), value, ttlSeconds),
    addReversibly: (kind, id, value, ttlSeconds) =>
      swapReversibly(kind, emptyPlace(kind, id), value, ttlSeconds),
    async remove(kind, id) {
      await Promise.all(keyNames.ofId(kind, id).map((key) => store.delete(key)))
    },
    async take(kind, id) {
      const [key] = keyNames.ofId(kind, id)
      const sealed = await store.take(key)
      return sealed === undefined ? undefined : decode(kind, key, sealed)
    },
  }
}
