// Lists the records of a kind: their ids are not in the store, so all keys are scanned and every value is unsealed.
import { setTimeout as sleep } from 'node:timers/promises'
import { openRecord, type Seal } from '../../crypto/seal.ts'
import type { Store } from '../../store/store.ts'
import type { KeyNames } from '../key-names.ts'
import { KINDS } from '../record-kinds.ts'
import { parseRecord } from '../record-parsers.ts'
import type { RecordKind, RecordValues } from '../record-values.ts'
import { createUpstreamMarks } from '../upstream/upstream-marks.ts'

export interface ListedRecord<K extends RecordKind> {
  /** The last part of the record's key: the same in every listing. */
  readonly hash: string
  /** Names the secret that sealed it (Seal.idOf). */
  readonly sealId: string
  /** Of the sealed text. */
  readonly bytes: number
  readonly ttlMs: number
  /**
   * Undefined if it cannot be read here: `otherUpstream` belongs to people of another UPSTREAM_ISSUER, `foreign` is
   * sealed under a secret that SESSION_SECRET lacks, `damaged` has a broken seal or an unknown shape.
   */
  readonly value: RecordValues[K] | undefined
  readonly state: 'readable' | 'otherUpstream' | 'foreign' | 'damaged'
}

export interface RecordListing {
  /** In any order. While a Redis grows or shrinks, a record may come twice. */
  list<K extends RecordKind>(kind: K): AsyncIterable<ListedRecord<K>>
  /** Every record of every kind, in one pass. */
  listAll(): AsyncIterable<{ readonly kind: RecordKind; readonly record: ListedRecord<RecordKind> }>
  /** Reads one record, and leaves its name and lifetime as they are. */
  find<K extends RecordKind>(kind: K, id: string): Promise<ListedRecord<K> | undefined>
  findByHash<K extends RecordKind>(kind: K, hash: string): Promise<ListedRecord<K> | undefined>
}

/** So many values are read at once. */
const BATCH = 100

const KIND_BY_PREFIX: ReadonlyMap<string, RecordKind> = new Map(
  (Object.keys(KINDS) as RecordKind[]).map((kind) => [KINDS[kind].prefix, kind]),
)

/** @param options.getHomeMark home-upstream.ts */
export function createRecordListing(options: {
  store: Pick<Store, 'scanPages' | 'getWithTtl'>
  seal: Seal
  storeKeyPrefix: string
  keyNames: KeyNames
  upstreamIssuer: string
  getHomeMark: () => Promise<string>
}): RecordListing {
  const { store, seal, storeKeyPrefix, keyNames } = options
  const marks = createUpstreamMarks(options)

  async function decode<K extends RecordKind>(
    kind: K,
    key: string,
    sealed: string,
  ): Promise<Pick<ListedRecord<K>, 'state' | 'value'>> {
    const opening = openRecord(seal, key, sealed)
    if (opening.kind !== 'opened') return { state: opening.kind, value: undefined }
    let value: RecordValues[K]
    try {
      value = parseRecord(kind, opening.text)
    } catch {
      return { state: 'damaged', value: undefined }
    }
    if (await marks.isOurs(kind, value)) return { state: 'readable', value }
    return { state: 'otherUpstream', value: undefined }
  }

  async function read<K extends RecordKind>(
    kind: K,
    key: string,
  ): Promise<ListedRecord<K> | undefined> {
    const found = await store.getWithTtl(key)
    if (!found) return undefined
    return {
      hash: key.slice(key.lastIndexOf(':') + 1),
      sealId: seal.idOf(found.value),
      bytes: found.value.length,
      ttlMs: found.ttlMs,
      ...(await decode(kind, key, found.value)),
    }
  }

  return {
    list(kind) {
      const prefix = `${storeKeyPrefix}:${KINDS[kind].prefix}:`
      return readInBatches(store.scanPages(prefix), (key) => read(kind, key))
    },
    listAll() {
      const prefix = `${storeKeyPrefix}:`
      const kindOf = (key: string) =>
        KIND_BY_PREFIX.get(key.slice(prefix.length).split(':')[0] ?? '')
      return readInBatches(store.scanPages(prefix), async (key) => {
        // Canaries and counters of rate limits have none.
        const kind = kindOf(key)
        const record = kind && (await read(kind, key))
        return record && { kind, record }
      })
    },
    async find(kind, id) {
      const records = await Promise.all(keyNames.ofId(kind, id).map((key) => read(kind, key)))
      const found = records.filter((record) => record !== undefined)
      return found.find(({ state }) => state === 'readable') ?? found[0]
    },
    findByHash: (kind, hash) => read(kind, keyNames.ofHash(kind, hash)),
  }
}

/**
 * Waits for as long as each step of reading took before the next: the store has at least half of its time for the server.
 * @param pages of a scan
 * @param read undefined: the key is gone, or of no interest
 */
export async function* readInBatches<T>(
  pages: AsyncIterable<readonly string[]>,
  read: (key: string) => Promise<T | undefined>,
): AsyncIterable<T> {
  let startedAtMs = performance.now()
  for await (const page of pages) {
    // A page without keys is a step too.
    for (let at = 0; at === 0 || at < page.length; at += BATCH) {
      const found = await Promise.all(page.slice(at, at + BATCH).map(read))
      const tookMs = performance.now() - startedAtMs
      for (const one of found) if (one !== undefined) yield one
      await sleep(Math.min(tookMs, LONGEST_PAUSE_MS))
      startedAtMs = performance.now()
    }
  }
}

/** After a step that the store was away for. */
const LONGEST_PAUSE_MS = 1000
