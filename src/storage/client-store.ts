// Registered clients. They live on use: one that nobody approved goes soon, each use keeps it for
// long, written at most once a day.
import { createBoundedMap } from '../bounded-map.ts'
import type { Records } from './records.ts'

type StoredClient = Readonly<Record<string, unknown>>

interface ClientRecord {
  readonly metadata: StoredClient
  /** Seconds since the epoch; 0: never used. */
  readonly renewedAt: number
}

export interface ClientStore {
  find(clientId: string): Promise<StoredClient | undefined>
  /** A registration that is there already keeps its lifetime. */
  save(clientId: string, metadata: StoredClient): Promise<void>
  /** The registration says something else now; other processes know within a minute. */
  update(clientId: string, metadata: StoredClient): Promise<void>
  /** Keeps a client that `find` has found, since it was approved or gets tokens now. */
  renew(clientId: string): Promise<void>
  remove(clientId: string): Promise<void>
}

const DAY_SECONDS = 24 * 60 * 60
/** What was changed or removed elsewhere may be known here for this much longer. */
const CACHED_MS = 60 * 1000
const CACHED_MOST = 1000

export function createClientStore(options: {
  records: Records
  /** Longer than any refresh token, so that no living grant loses its client. */
  ttlSeconds: number
  /** For registrations that nobody has used yet. */
  unusedTtlSeconds: number
  now: () => number
}): ClientStore {
  const { records, ttlSeconds, unusedTtlSeconds, now } = options
  const cache = createBoundedMap<{ record: ClientRecord; untilMs: number }>(CACHED_MOST)

  function remember(clientId: string, record: ClientRecord): void {
    cache.set(clientId, { record, untilMs: now() + CACHED_MS })
  }

  return {
    async find(clientId) {
      const cached = cache.get(clientId)
      if (cached && now() < cached.untilMs) return cached.record.metadata
      const record = (await records.find('Client', clientId)) as ClientRecord | undefined
      if (record) remember(clientId, record)
      return record?.metadata
    },
    async save(clientId, metadata) {
      const unused: ClientRecord = { metadata, renewedAt: 0 }
      if (await records.add('Client', clientId, unused, unusedTtlSeconds)) {
        remember(clientId, unused)
        return
      }
      // Registered before, by someone who says the same of themselves: used ones stay as they are.
      const known = await records.open('Client', clientId)
      if ((known?.value as ClientRecord | undefined)?.renewedAt === 0) {
        await known?.replace(unused, unusedTtlSeconds)
      }
    },
    async update(clientId, metadata) {
      const known = (await records.find('Client', clientId)) as ClientRecord | undefined
      const updated: ClientRecord = { metadata, renewedAt: known?.renewedAt ?? 0 }
      const ttl = updated.renewedAt === 0 ? unusedTtlSeconds : ttlSeconds
      await records.save('Client', clientId, updated, ttl)
      remember(clientId, updated)
    },
    async renew(clientId) {
      const cached = cache.get(clientId)
      const nowSeconds = Math.floor(now() / 1000)
      if (!cached || nowSeconds - cached.record.renewedAt < DAY_SECONDS) return
      const renewed: ClientRecord = { ...cached.record, renewedAt: nowSeconds }
      // Written anew, and not swapped: under the name that the newest secret gives it.
      await records.save('Client', clientId, renewed, ttlSeconds)
      remember(clientId, renewed)
    },
    async remove(clientId) {
      cache.delete(clientId)
      await records.remove('Client', clientId)
    },
  }
}
