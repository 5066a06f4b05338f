// What a store in a Cluster guarantees beyond store-suite.test.ts.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import calculateSlot from 'cluster-key-slot'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { command, type RedisCluster, startRedisCluster } from '../../support/redis-cluster.ts'
import { assertRecovers, unavailable, untilAnswered, within } from '../../support/redis-outage.ts'

const DEADLINE_MS = 1000

// In this order: the last ones change the Cluster for good.
describe('a store in a redis cluster', () => {
  let cluster: RedisCluster
  let store: Store

  before(async () => {
    cluster = await startRedisCluster()
    // One host of the URL is enough.
    const url = cluster.url.replace(/:\d+,.*/, `:${cluster.masters[1].port}`)
    store = await openStore({ url, deadlineMs: DEADLINE_MS })
  })
  after(async () => {
    await within(5000, store.close())
    await cluster.stop()
  })

  it('sends each command straight to the master that owns the key', async () => {
    const keys = ['', 'a', 'é\n世', '🔐', '{a}b', 'x{a}b{c}', '{}a', 'a{', '{{a}}', 'a}b']
    for (const key of [...keys, ...keys.map(() => randomUUID())]) {
      await store.set(key, '1', 60)
      assert.equal(await store.take(key), '1')
    }
    for (const master of cluster.masters) {
      assert.doesNotMatch(String(await command(master, 'INFO', 'errorstats')), /MOVED/)
    }
  })

  it('scans the keys of all masters', async () => {
    const keys = Array.from({ length: 60 }, (_, n) => `scan:${n}`)
    await Promise.all(keys.map((key) => store.set(key, '1', 60)))
    const sizes = await Promise.all(cluster.masters.map((one) => command(one, 'DBSIZE')))
    assert.ok(sizes.every((size) => Number(size) > 0))
    const found: string[] = []
    for await (const key of store.scan('scan:')) found.push(key)
    assert.deepEqual(found.toSorted(), keys.toSorted())
  })

  it('finds every record while its slot moves to another master, and after', async () => {
    const [from, to] = cluster.masters
    const tag = keyOf(0)
    const keys = ['get', 'take', 'swap', 'delete'].map((name) => `{${tag}}${name}`)
    const [get = '', take = '', swap = '', remove = ''] = keys
    for (const key of keys) await store.set(key, '1', 60)
    const slot = String(calculateSlot(get))
    const [fromId, toId] = [await idOf(from), await idOf(to)]
    await command(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
    await command(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
    for (const key of keys)
      await command(from, 'MIGRATE', '127.0.0.1', `${to.port}`, key, '0', '1000')
    assert.deepEqual(
      await Promise.all([store.get(get), store.take(take), store.swap(swap, '1', '2', 60)]),
      ['1', '1', true],
    )
    await store.delete(remove)
    for (const node of [to, from]) await command(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    const now = await Promise.all(keys.map((key) => store.get(key)))
    assert.deepEqual(now, ['1', undefined, '2', undefined])
  })

  it('answers store_unavailable for the slots of a paused master, and goes on with the others', async (t) => {
    const [first, paused, third] = [keyOf(0), keyOf(1), keyOf(2)]
    for (const key of [first, paused, third]) await store.set(key, key, 60)
    cluster.masters[1].pause()
    t.after(cluster.masters[1].resume)
    const refused = Promise.all([
      assert.rejects(store.get(paused), unavailable),
      assert.rejects(store.take(paused), unavailable),
      assert.rejects(store.swap(paused, paused, 'b', 60), unavailable),
    ])
    assert.equal(await store.get(first), first)
    await within(DEADLINE_MS + 500, refused)
    await within(DEADLINE_MS + 500, assert.rejects(store.get(paused), unavailable))
    for (const key of [first, third]) assert.equal(await within(200, store.get(key)), key)
    await within(200, store.ping())
    await within(DEADLINE_MS + 500, assert.rejects(scanAll(store), unavailable))

    const late = await openStore({ url: cluster.url, deadlineMs: DEADLINE_MS })
    t.after(() => within(5000, late.close()))
    assert.equal(await late.get(third), third)
    await within(DEADLINE_MS + 500, assert.rejects(late.get(paused), unavailable))

    cluster.masters[1].resume()
    await untilAnswered(5000, DEADLINE_MS, () => store.get(paused))
    await untilAnswered(5000, DEADLINE_MS, () => scanAll(store))
  })

  it('fails in time while a master is dead, and finds every record when its replica took over', async () => {
    const [lost, other] = [keyOf(0), keyOf(2)]
    for (const key of [lost, other]) await store.set(key, key, 60)
    await cluster.masters[0].stop()
    await within(DEADLINE_MS + 500, assert.rejects(store.get(lost), unavailable))
    assert.equal(await store.get(other), other)
    assert.equal(await untilAnswered(15_000, DEADLINE_MS, () => store.get(lost)), lost)
    assert.equal(await store.take(lost), lost)
    await assertRecovers(store)
    await scanAll(store)
  })

  /** A key of the master's part of the slots as they were in the beginning. */
  function keyOf(master: number): string {
    while (true) {
      const key = randomUUID()
      if (Math.floor((calculateSlot(key) * 3) / 16_384) === master) return key
    }
  }
})

async function idOf(server: RedisCluster['replica']): Promise<string> {
  return String(await command(server, 'CLUSTER', 'MYID'))
}

async function scanAll(store: Store): Promise<void> {
  for await (const key of store.scan('')) assert.ok(key)
}
