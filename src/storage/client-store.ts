// Registered clients. They live on use: each use renews a registration, at most once a day, so that
// a client that is used is never reaped and one that is not goes at last.
import type { Records } from './records.ts'

type StoredClient = Readonly<Record<string, unknown>>

interface ClientRecord {
  readonly metadata: StoredClient
  /** Seconds since the epoch. */
  readonly renewedAt: number
}

export interface ClientStore {
  find(clientId: string): Promise<StoredClient | undefined>
  save(clientId: string, metadata: StoredClient): Promise<void>
  remove(clientId: string): Promise<void>
}

const DAY_SECONDS = 24 * 60 * 60
/** A registration never changes; a removed one may be known here for this much longer. */
const CACHED_MS = 60 * 1000
const CACHED_MOST = 1000

/** @param ttlSeconds longer than any refresh token, so that no living grant loses its client */
export function createClientStore(options: {
  records: Records
  ttlSeconds: number
  now: () => number
}): ClientStore {
  const { records, ttlSeconds, now } = options
  const nowSeconds = () => Math.floor(now() / 1000)
  const cache = new Map<string, { metadata: StoredClient; untilMs: number }>()

  function remember(clientId: string, metadata: StoredClient): StoredClient {
    cache.delete(clientId)
    cache.set(clientId, { metadata, untilMs: now() + CACHED_MS })
    // A Map keeps the order of insertion: the first key is the oldest.
    const [oldest] = cache.keys()
    if (cache.size > CACHED_MOST && oldest !== undefined) cache.delete(oldest)
    return metadata
  }

  const write = (metadata: StoredClient): ClientRecord => ({ metadata, renewedAt: nowSeconds() })
  return {
    async find(clientId) {
      const cached = cache.get(clientId)
      if (cached && now() < cached.untilMs) return cached.metadata
      const record = await records.open('Client', clientId)
      if (!record) return undefined
      const { metadata, renewedAt } = record.value as ClientRecord
      // Whether it wins does not matter: who was faster has renewed it.
      if (nowSeconds() - renewedAt >= DAY_SECONDS) await record.replace(write(metadata), ttlSeconds)
      return remember(clientId, metadata)
    },
    async save(clientId, metadata) {
      await records.save('Client', clientId, write(metadata), ttlSeconds)
      remember(clientId, metadata)
    },
    async remove(clientId) {
      cache.delete(clientId)
      await records.remove('Client', clientId)
    },
  }
}
