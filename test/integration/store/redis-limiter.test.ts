// Rate limits in Redis: shared by every process, and over at their end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { startRedis } from '../../support/redis.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'

/** Long enough for a machine under load. */
const SECONDS = 3

function createLimiter(store: Store, points: number, seconds = 60) {
  assert.ok(store.createLimiter, 'its processes share limits')
  return store.createLimiter({ prefix: 'p', points, seconds })
}

describe('a limit in Redis', () => {
  it('counts for all processes, and ends without being extended', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const stores = await Promise.all([server, server].map(({ url }) => openStore({ url })))
    t.after(() => Promise.all(stores.map((store) => store.close())))
    const limiters = stores.map((store) => createLimiter(store, 15, SECONDS))
    const count = (times: number) =>
      Promise.all(limiters.flatMap((limiter) => Array.from({ length: times }, () => limiter('a'))))
    const rests = await count(10)
    assert.equal(rests.filter((restMs) => restMs === undefined).length, 15)
    await sleep(500)
    const [laterMs = 0] = await count(1)
    assert.ok(laterMs > 0 && laterMs <= SECONDS * 1000 - 500, String(laterMs))
    const raw = await createClient({ url: server.url }).connect()
    assert.ok((await raw.pTTL('p:a')) <= laterMs)
    await sleep(laterMs + 50)
    assert.equal(await raw.exists('p:a'), 0)
    raw.destroy()
    assert.deepEqual(await count(7), new Array(14).fill(undefined))
  })

  it('does not depend on the clock of a process', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const store = await openStore({ url: server.url })
    t.after(() => store.close())
    const limiter = createLimiter(store, 1)
    await limiter('a')
    t.mock.method(Date, 'now', () => 0)
    const restMs = await limiter('a')
    assert.ok(restMs !== undefined && restMs > 50_000 && restMs <= 60_000, String(restMs))
  })

  it('is counted by the server of a Cluster that owns its key', async (t) => {
    const cluster = await startRedisCluster()
    t.after(cluster.stop)
    const store = await openStore({ url: cluster.url })
    t.after(() => store.close())
    const limiter = createLimiter(store, 1)
    for (const key of ['a', 'b', 'c', 'd']) {
      assert.equal(await limiter(key), undefined)
      assert.ok(await limiter(key))
    }
  })

  it('rejects with store_unavailable while Redis is away', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const store = await openStore({ url: server.url })
    t.after(() => store.close())
    const limiter = createLimiter(store, 5)
    await limiter('a')
    await server.stop()
    await assert.rejects(limiter('a'), { code: 'store_unavailable' })
  })
})

describe('a store of one machine', () => {
  it('shares no limits', async (t) => {
    const store = await openStore({ url: 'memory:' })
    t.after(() => store.close())
    assert.equal(store.createLimiter, undefined)
  })
})
