// The guarantees of a store behind Sentinel beyond store-suite.test.ts.

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import { findFreePort } from '../../support/free-port.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { sendRedisCommand } from '../../support/redis-cluster.ts'
import {
  assertRecovers,
  retryUntilAnswered,
  unavailable,
  within,
} from '../../support/redis-outage.ts'
import { startSentinelSetup } from '../../support/redis-sentinel.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

const DEADLINE_MS = 1000

describe('a store behind Sentinel', { concurrency: true }, () => {
  it('fails in time while its master is dead, and finds every record on the next master', async (t) => {
    const setup = await startSentinelSetup()
    t.after(setup.stop)
    // The URL names three Sentinels, one of which is dead.
    await setup.sentinels[0]?.stop()
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    const store = await openStore({ url: setup.url, deadlineMs: DEADLINE_MS, onError })
    t.after(() => store.close())
    for (let n = 0; n < 50; n += 1) await store.set(`k${n}`, `v${n}`, 60)
    const raw = await createClient({ url: setup.master.url }).connect()
    assert.equal(await raw.sendCommand(['WAIT', '1', '3000']), 1)
    raw.destroy()

    await setup.master.stop()
    await assert.rejects(within(DEADLINE_MS + 500, store.get('k0')), unavailable)
    // Until the replica is master, every call succeeds or answers store_unavailable.
    await retryUntilAnswered(15_000, DEADLINE_MS, () => store.set('after', '1', 60))
    for (let n = 0; n < 50; n += 1) assert.equal(await store.take(`k${n}`), `v${n}`)
    await assertRecovers(store)
    assert.ok(errors.some(({ message }) => message.includes(`127.0.0.1:${setup.master.port}`)))
    assert.ok(errors.length < 10, `${errors.length} errors for one outage`)

    // The old master comes back empty, and becomes a replica of the new one.
    const revived = await startRedis({ port: setup.master.port })
    t.after(revived.stop)
    for (let n = 0; n < 20; n += 1) {
      assert.equal(await store.get('after'), '1')
      await sleep(50)
    }
  })

  it('opens at once while no Sentinel is up, and works once one is', async (t) => {
    const port = await findFreePort()
    const server = await start(t)
    const url = `redis+sentinel://127.0.0.1:${port}/late`
    const store = await within(2000, openStore({ url, deadlineMs: 5000 }))
    await assert.rejects(store.get('a'), unavailable)
    const sentinel = await startRedis({
      port,
      sentinel: [`sentinel monitor late 127.0.0.1 ${server.port} 1`],
    })
    t.after(sentinel.stop)
    await assertRecovers(store)
    await within(6000, store.close())
  })

  it('reports once if the Sentinels have no master of that name', async (t) => {
    const server = await start(t)
    const sentinel = await startSentinel(t, `monitor a 127.0.0.1 ${server.port} 1`)
    const errors: Error[] = []
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/b`
    const onError = (error: Error) => errors.push(error)
    const store = await openStore({ url, deadlineMs: DEADLINE_MS, onError })
    await assert.rejects(store.get('a'), unavailable)
    await sleep(1000)
    assert.deepEqual(
      errors.map(({ message }) => /No such master/.test(message)),
      [true],
    )
    await within(3000, store.close())
  })
})

describe('a store whose Sentinels are outdated or late', () => {
  it('uses the master that has the newest epoch', async (t) => {
    const [former, current] = [await start(t), await start(t)]
    const outdated = await startSentinel(
      t,
      `monitor m 127.0.0.1 ${former.port} 1`,
      'config-epoch m 7',
    )
    const updated = await startSentinel(
      t,
      `monitor m 127.0.0.1 ${current.port} 1`,
      'config-epoch m 8',
    )
    for (const ports of [
      [outdated.port, updated.port],
      [updated.port, outdated.port],
    ]) {
      const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',')
      const url = `redis+sentinel://${hosts}/m`
      const store = await openStore({ url, deadlineMs: DEADLINE_MS })
      t.after(() => store.close())
      // By now both Sentinels have answered.
      await sleep(1000)
      const key = `written to ${ports[0]}`
      await store.set(key, '1', 60)
      assert.equal(await sendRedisCommand(current, 'EXISTS', key), 1)
    }
  })

  it('connects to no master that is named after the store was closed', async (t) => {
    const server = await start(t)
    const sentinel = await startSentinel(t, `monitor m 127.0.0.1 ${server.port} 1`)
    const connected = await countClients(server)
    const proxy = await startTcpProxy(sentinel)
    t.after(proxy.close)
    // PING is answered before the deadline, SENTINEL MASTER after it.
    proxy.delayMs = 200
    const url = `redis+sentinel://127.0.0.1:${new URL(proxy.url).port}/m`
    const store = await openStore({ url, deadlineMs: 300 })
    await store.close()
    await sleep(500)
    assert.equal(await countClients(server), connected)
  })
})

async function start(t: TestContext): Promise<RedisServer> {
  const server = await startRedis()
  t.after(server.stop)
  return server
}

async function startSentinel(t: TestContext, ...directives: string[]): Promise<RedisServer> {
  const lines = directives.map((directive) => `sentinel ${directive}`)
  const sentinel = await startRedis({ sentinel: lines })
  t.after(sentinel.stop)
  return sentinel
}

/** Not counting the Sentinel's connections and the connection of this command. */
async function countClients(server: RedisServer): Promise<number> {
  const list = String(await sendRedisCommand(server, 'CLIENT', 'LIST', 'TYPE', 'normal'))
  return (
    list
      .trim()
      .split('\n')
      .filter((line) => !line.includes('name=sentinel-')).length - 1
  )
}
