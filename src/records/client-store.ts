// Registered clients. They live on use: one that nobody approved goes soon, each use keeps it for
// long, written at most once a day.
import { createBoundedMap } from '../bounded-map.ts'
import type { OpenRecord, Records } from './records.ts'

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
  const cache = createBoundedMap<{ opened: OpenRecord; untilMs: number }>(CACHED_MOST)
  const nowSeconds = () => Math.floor(now() / 1000)

  function remember(clientId: string, opened: OpenRecord | undefined): OpenRecord | undefined {
    if (opened) cache.set(clientId, { opened, untilMs: now() + CACHED_MS })
    else cache.delete(clientId)
    return opened
  }

  const read = async (clientId: string) =>
    remember(clientId, await records.open('Client', clientId))

  /** Changes the record as it is now, which another process may have changed; undefined: leave it. */
  async function change(
    clientId: string,
    from: OpenRecord | undefined,
    changed: (record: ClientRecord) => ClientRecord | undefined,
  ): Promise<void> {
    for (let opened = from ?? (await read(clientId)); opened; opened = await read(clientId)) {
      const next = changed(opened.value as ClientRecord)
      if (!next) return
      const ttl = next.renewedAt === 0 ? unusedTtlSeconds : ttlSeconds
      const replaced = await opened.replace(next, ttl)
      if (replaced) {
        remember(clientId, replaced)
        return
      }
    }
  }

  return {
    async find(clientId) {
      const cached = cache.get(clientId)
      const isFresh = cached !== undefined && now() < cached.untilMs
      const opened = isFresh ? cached.opened : await read(clientId)
      return (opened?.value as ClientRecord | undefined)?.metadata
    },
    async save(clientId, metadata) {
      const unused: ClientRecord = { metadata, renewedAt: 0 }
      const added = await records.add('Client', clientId, unused, unusedTtlSeconds)
      if (added) remember(clientId, added)
      // Registered before, by someone who says the same of themselves: used ones stay as they are.
      else
        await change(clientId, undefined, (known) => (known.renewedAt === 0 ? unused : undefined))
    },
    update: (clientId, metadata) =>
      change(clientId, undefined, ({ renewedAt }) => ({ metadata, renewedAt })),
    async renew(clientId) {
      const cached = cache.get(clientId)
      if (!cached) return
      await change(clientId, cached.opened, ({ metadata, renewedAt }) => {
        const isDue = nowSeconds() - renewedAt >= DAY_SECONDS
        return isDue ? { metadata, renewedAt: nowSeconds() } : undefined
      })
    },
    async remove(clientId) {
      cache.delete(clientId)
      await records.remove('Client', clientId)
    },
  }
}
