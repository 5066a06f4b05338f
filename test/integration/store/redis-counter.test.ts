// Counters of rate limits: shared by every process of a Redis, and gone at their end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { startRedis } from '../../support/redis.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'

/** Long enough for a machine under load. */
const TTL_MS = 2500

async function count(store: Store, key: string, ttlMs: number) {
  assert.ok(store.count, 'its processes share counters')
  return store.count(key, ttlMs)
}

describe('a counter in Redis', () => {
  it('counts for all processes, from one end to the next', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const stores = await Promise.all([server, server].map(({ url }) => openStore({ url })))
    t.after(() => Promise.all(stores.map((store) => store.close())))
    const counts = await Promise.all(
      stores.flatMap((store) => Array.from({ length: 10 }, () => count(store, 'p:a', TTL_MS))),
    )
    assert.deepEqual(
      counts.map(({ value }) => value).toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n + 1),
    )
    const [{ endsAtMs } = { endsAtMs: 0 }] = counts
    assert.ok(counts.every((one) => one.endsAtMs === endsAtMs))
    const restMs = endsAtMs - Date.now()
    assert.ok(restMs > 0 && restMs <= TTL_MS, String(restMs))
    const raw = await createClient({ url: server.url }).connect()
    // Counting on does not extend its life.
    assert.ok((await raw.pTTL('p:a')) <= restMs)
    await sleep(restMs + 50)
    assert.equal(await raw.exists('p:a'), 0)
    raw.destroy()
    for (const store of stores) {
      assert.equal((await count(store, 'p:a', TTL_MS)).value, store === stores[0] ? 1 : 2)
    }
  })

  it('is known again after Redis forgot its scripts', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const store = await openStore({ url: server.url })
    t.after(() => store.close())
    await count(store, 'p:a', 60_000)
    const raw = await createClient({ url: server.url }).connect()
    await raw.sendCommand(['SCRIPT', 'FLUSH'])
    raw.destroy()
    assert.equal((await count(store, 'p:a', 60_000)).value, 2)
  })

  it('is counted by the server of a Cluster that owns its key', async (t) => {
    const cluster = await startRedisCluster()
    t.after(cluster.stop)
    const store = await openStore({ url: cluster.url })
    t.after(() => store.close())
    for (const key of ['p:a', 'p:b', 'p:c', 'p:d']) {
      assert.equal((await count(store, key, 60_000)).value, 1)
      assert.equal((await count(store, key, 60_000)).value, 2)
    }
  })

  it('rejects with store_unavailable while Redis is away', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const store = await openStore({ url: server.url })
    t.after(() => store.close())
    await count(store, 'p:a', 60_000)
    await server.stop()
    await assert.rejects(count(store, 'p:a', 60_000), { code: 'store_unavailable' })
  })
})

describe('a store of one machine', () => {
  it('shares no counters', async (t) => {
    const store = await openStore({ url: 'memory:' })
    t.after(() => store.close())
    assert.equal(store.count, undefined)
  })
})
