// Registered clients. A registration that nobody approved expires soon; each use extends the lifetime of the
// others, written at most once a day.
import { createBoundedMap } from '../bounded-map.ts'
import { DAY_SECONDS } from '../config/lifetimes.ts'
import { hashId } from './key-names.ts'
import type { EngineModel, StoredClient } from './record-values.ts'
import type { OpenRecord, Records } from './records.ts'

type Metadata = StoredClient['metadata']

export interface ClientStore {
  find(clientId: string): Promise<Metadata | undefined>
  /** A registration that exists keeps its lifetime. */
  save(clientId: string, metadata: Metadata): Promise<void>
  /** Changes the metadata of a registration; other processes see it within a minute. */
  update(clientId: string, metadata: Metadata): Promise<void>
  /** Extends the lifetime of a client that `find` returned, because it was approved or gets tokens. */
  renew(clientId: string): Promise<void>
  remove(clientId: string): Promise<void>
  /** Stores the token that manages a registration. It expires with the client, and is renewed with it. */
  saveToken(clientId: string, token: string, payload: EngineModel): Promise<void>
}

/** For how long this process may not see a change or removal by another. */
const CACHED_MS = 60 * 1000
const CACHED_MOST = 1000

export function createClientStore(options: {
  records: Records
  /** Longer than any refresh token, so that no live grant loses its client. */
  ttlSeconds: number
  /** For registrations that nobody has approved. */
  unusedTtlSeconds: number
  now: () => number
}): ClientStore {
  const { records, ttlSeconds, unusedTtlSeconds, now } = options
  const cache = createBoundedMap<{ opened: OpenRecord<StoredClient>; untilMs: number }>(CACHED_MOST)
  const nowSeconds = () => Math.floor(now() / 1000)
  const ttlOf = ({ renewedAt }: StoredClient) => (renewedAt === 0 ? unusedTtlSeconds : ttlSeconds)

  function remember(clientId: string, opened: OpenRecord<StoredClient> | undefined) {
    if (opened) cache.set(clientId, { opened, untilMs: now() + CACHED_MS })
    else cache.delete(clientId)
    return opened
  }

  const read = async (clientId: string) =>
    remember(clientId, await records.open('Client', clientId, ttlOf))

  /** Applies `change` to the record as it is now; retries if another process changed it meanwhile. */
  async function change(
    clientId: string,
    from: OpenRecord<StoredClient> | undefined,
    changed: (client: StoredClient) => StoredClient | undefined,
  ): Promise<void> {
    for (let opened = from ?? (await read(clientId)); opened; opened = await read(clientId)) {
      const next = changed(opened.value)
      if (!next) return
      const replaced = await opened.replace(next, ttlOf(next))
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
      return opened?.value.metadata
    },
    async save(clientId, metadata) {
      const unused: StoredClient = { metadata, renewedAt: 0 }
      const added = await records.add('Client', clientId, unused, unusedTtlSeconds)
      if (added) remember(clientId, added)
      // Registered before with the same metadata: a client that was approved stays as it is.
      else
        await change(clientId, undefined, (known) => (known.renewedAt === 0 ? unused : undefined))
    },
    update: (clientId, metadata) =>
      change(clientId, undefined, (known) => ({ ...known, metadata })),
    async renew(clientId) {
      const cached = cache.get(clientId)
      if (!cached) return
      let tokenHash: string | undefined
      await change(clientId, cached.opened, (known) => {
        const isDue = nowSeconds() - known.renewedAt >= DAY_SECONDS
        tokenHash = isDue ? known.tokenHash : undefined
        return isDue ? { ...known, renewedAt: nowSeconds() } : undefined
      })
      if (tokenHash === undefined) return
      const token = await records.openByHash('RegistrationAccessToken', tokenHash)
      await token?.replace(token.value, ttlSeconds)
    },
    async remove(clientId) {
      cache.delete(clientId)
      await records.remove('Client', clientId)
    },
    async saveToken(clientId, token, payload) {
      await records.save('RegistrationAccessToken', token, payload, unusedTtlSeconds)
      await change(clientId, undefined, (known) => ({ ...known, tokenHash: hashId(token) }))
    },
  }
}
