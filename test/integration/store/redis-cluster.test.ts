// The guarantees of a store in a Cluster beyond store-suite.test.ts.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import calculateSlot from 'cluster-key-slot'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { findFreePort } from '../../support/free-port.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import {
  type RedisCluster,
  sendRedisCommand,
  startRedisCluster,
} from '../../support/redis-cluster.ts'
import {
  assertRecovers,
  retryUntilAnswered,
  unavailable,
  within,
} from '../../support/redis-outage.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

const DEADLINE_MS = 1000

// In this order: the last tests change the Cluster for good.
describe('a store in a Redis Cluster', () => {
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
      assert.doesNotMatch(String(await sendRedisCommand(master, 'INFO', 'errorstats')), /MOVED/)
    }
  })

  it('scans the keys of all masters', async () => {
    const keys = Array.from({ length: 60 }, (_, n) => `scan:${n}`)
    await Promise.all(keys.map((key) => store.set(key, '1', 60)))
    const sizes = await Promise.all(cluster.masters.map((one) => sendRedisCommand(one, 'DBSIZE')))
    assert.ok(sizes.every((size) => Number(size) > 0))
    const found: string[] = []
    for await (const key of store.scan('scan:')) found.push(key)
    assert.deepEqual(found.toSorted(), keys.toSorted())
  })

  it('finds every record while its slot moves to another master, and afterwards', async () => {
    const [from, to] = cluster.masters
    const tag = keyOf(0)
    const keys = ['get', 'take', 'swap', 'delete'].map((name) => `{${tag}}${name}`)
    const [get = '', take = '', swap = '', remove = ''] = keys
    for (const key of keys) await store.set(key, '1', 60)
    const slot = String(calculateSlot(get))
    const [fromId, toId] = [await idOf(from), await idOf(to)]
    await sendRedisCommand(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
    await sendRedisCommand(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
    for (const key of keys)
      await sendRedisCommand(from, 'MIGRATE', '127.0.0.1', `${to.port}`, key, '0', '1000')
    assert.deepEqual(
      await Promise.all([store.get(get), store.take(take), store.swap(swap, '1', '2', 60)]),
      ['1', '1', true],
    )
    await store.delete(remove)
    for (const node of [to, from])
      await sendRedisCommand(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    const now = await Promise.all(keys.map((key) => store.get(key)))
    assert.deepEqual(now, ['1', undefined, '2', undefined])

    // The first redirect has made the store ask for the slots again.
    await sleep(500)
    await sendRedisCommand(from, 'CONFIG', 'RESETSTAT')
    assert.equal(await store.get(swap), '2')
    assert.doesNotMatch(String(await sendRedisCommand(from, 'INFO', 'errorstats')), /MOVED/)
  })

  it('answers store_unavailable for the slots of a paused master, and serves all others', async (t) => {
    const [first, paused, third] = [keyOf(0), keyOf(1), keyOf(2)]
    for (const key of [first, paused, third]) await store.set(key, key, 60)
    cluster.masters[1].pause()
    t.after(cluster.masters[1].resume)
    const rejected = Promise.all([
      assert.rejects(store.get(paused), unavailable),
      assert.rejects(store.take(paused), unavailable),
      assert.rejects(store.swap(paused, paused, 'b', 60), unavailable),
    ])
    assert.equal(await store.get(first), first)
    await within(DEADLINE_MS + 500, rejected)
    await within(DEADLINE_MS + 500, assert.rejects(store.get(paused), unavailable))
    for (const key of [first, third]) assert.equal(await within(200, store.get(key)), key)
    await within(200, store.ping())
    await within(DEADLINE_MS + 500, assert.rejects(scanAll(store), unavailable))

    const late = await openStore({ url: cluster.url, deadlineMs: DEADLINE_MS })
    t.after(() => within(5000, late.close()))
    assert.equal(await late.get(third), third)
    await within(DEADLINE_MS + 500, assert.rejects(late.get(paused), unavailable))

    cluster.masters[1].resume()
    await retryUntilAnswered(5000, DEADLINE_MS, () => store.get(paused))
    await retryUntilAnswered(5000, DEADLINE_MS, () => scanAll(store))
  })

  it('fails in time while a master is dead, and finds every record after its replica took over', async () => {
    const [lost, other] = [keyOf(0), keyOf(2)]
    for (const key of [lost, other]) await store.set(key, key, 60)
    await cluster.masters[0].stop()
    await within(DEADLINE_MS + 500, assert.rejects(store.get(lost), unavailable))
    assert.equal(await store.get(other), other)
    assert.equal(await retryUntilAnswered(15_000, DEADLINE_MS, () => store.get(lost)), lost)
    assert.equal(await store.take(lost), lost)
    await assertRecovers(store)
    await scanAll(store)
  })

  /** A key in a slot that this master owned at first. */
  function keyOf(master: number): string {
    while (true) {
      const key = randomUUID()
      if (Math.floor((calculateSlot(key) * 3) / 16_384) === master) return key
    }
  }
})

describe('a store in a Redis Cluster that is not complete', { concurrency: true }, () => {
  it('opens at once while no node is up, and works once one is', async (t) => {
    const port = await findFreePort()
    const url = `redis+cluster://127.0.0.1:${port}`
    const store = await within(2000, openStore({ url, deadlineMs: 5000 }))
    t.after(() => store.close())
    await assert.rejects(store.get('a'), unavailable)
    await startNode(t, { port, lastSlot: 16_383 })
    await assertRecovers(store)
  })

  it('does not scan while a slot has no owner, since it would miss keys', async (t) => {
    const node = await startNode(t, { lastSlot: calculateSlot('a') })
    const store = await openStore({ url: urlOf(node), deadlineMs: DEADLINE_MS })
    t.after(() => store.close())
    await store.set('a', '1', 60)
    await assert.rejects(scanAll(store), unavailable)
    await sendRedisCommand(node, 'CLUSTER', 'ADDSLOTSRANGE', `${calculateSlot('a') + 1}`, '16383')
    await retryUntilAnswered(5000, DEADLINE_MS, () => scanAll(store))
  })

  it('reports once if the server is not part of a Cluster', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    const store = await openStore({ url: urlOf(server), deadlineMs: DEADLINE_MS, onError })
    t.after(() => store.close())
    await assert.rejects(store.get('a'), unavailable)
    // Meanwhile the store asks again.
    await sleep(1500)
    assert.deepEqual(
      errors.map(({ message }) => /cluster support disabled/.test(message)),
      [true],
    )
  })
})

// The first node owns every slot. It redirects a missing key to the second node, which redirects it back.
describe('a redirect in a Redis Cluster', () => {
  let first: RedisServer
  let second: RedisServer

  before(async () => {
    const busPorts = [await findFreePort(), await findFreePort()]
    const [one, two] = await Promise.all(
      busPorts.map((busPort) =>
        startRedis({ flags: ['--cluster-enabled', 'yes', '--cluster-port', busPort] }),
      ),
    )
    assert.ok(one && two)
    ;[first, second] = [one, two]
    await sendRedisCommand(first, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await sendRedisCommand(
      first,
      'CLUSTER',
      'MEET',
      '127.0.0.1',
      `${second.port}`,
      `${busPorts[1]}`,
    )
    const secondId = await idOf(second)
    const isJoined = async (server: RedisServer): Promise<boolean> => {
      const info = String(await sendRedisCommand(server, 'CLUSTER', 'INFO'))
      return /cluster_state:ok.*slots_ok:16384.*known_nodes:2.*size:1/s.test(info)
    }
    while (!((await isJoined(first)) && (await isJoined(second)))) await sleep(50)
    const slot = String(calculateSlot('missing'))
    await sendRedisCommand(first, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', secondId)
  })
  after(() => Promise.all([first.stop(), second.stop()]))

  it('is followed five times at most', async (t) => {
    const store = await openStore({ url: urlOf(first), deadlineMs: DEADLINE_MS })
    t.after(() => store.close())
    await assert.rejects(store.get('missing'), (error: Error) => {
      assert.match(String(error.cause), /MOVED|ASK/)
      return true
    })
    await sleep(DEADLINE_MS)
    assert.match(
      String(await sendRedisCommand(second, 'INFO', 'commandstats')),
      /cmdstat_asking:calls=3,/,
    )
    assert.equal(await countClients(second), 0, 'a node without slots is disconnected')
  })

  it('opens no connection while the store closes', async () => {
    const store = await openStore({ url: urlOf(first), deadlineMs: DEADLINE_MS })
    const get = assert.rejects(store.get('missing'), unavailable)
    await store.close()
    await get
    assert.equal(await countClients(first), 0)
    assert.equal(await countClients(second), 0)
  })

  it('opens no connection from a slot table that arrives after the store was closed', async (t) => {
    const proxy = await startTcpProxy(first)
    t.after(proxy.close)
    // PING is answered before the deadline, CLUSTER SLOTS after it.
    proxy.delayMs = 200
    const store = await openStore({ url: urlOf(proxy), deadlineMs: 300 })
    await store.close()
    await sleep(500)
    assert.equal(await countClients(first), 0)
  })
})

/** The only node, with the slots from 0 to `lastSlot`. */
async function startNode(
  t: TestContext,
  { lastSlot, ...options }: { lastSlot: number; port?: number },
) {
  const flags = [
    ...['--cluster-enabled', 'yes', '--cluster-port', await findFreePort()],
    ...['--cluster-require-full-coverage', 'no'],
  ]
  const node = await startRedis({ ...options, flags })
  t.after(node.stop)
  await sendRedisCommand(node, 'CLUSTER', 'ADDSLOTSRANGE', '0', `${lastSlot}`)
  const isUp = async () => /state:ok/.test(String(await sendRedisCommand(node, 'CLUSTER', 'INFO')))
  while (!(await isUp())) await sleep(50)
  return node
}

function urlOf({ url }: { url: string }): string {
  return url.replace('redis:', 'redis+cluster:')
}

async function idOf(server: RedisServer): Promise<string> {
  return String(await sendRedisCommand(server, 'CLUSTER', 'MYID'))
}

/** Not counting the connection of this command. */
async function countClients(server: RedisServer): Promise<number> {
  const list = String(await sendRedisCommand(server, 'CLIENT', 'LIST', 'TYPE', 'normal'))
  return list.trim().split('\n').length - 1
}

async function scanAll(store: Store): Promise<void> {
  for await (const key of store.scan('')) assert.ok(key)
}
