// What a store behind Sentinel guarantees beyond store-suite.test.ts.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import { findFreePort, startRedis } from '../../support/redis.ts'
import {
  assertRecovers,
  retryUntilAnswered,
  unavailable,
  within,
} from '../../support/redis-outage.ts'
import { startSentinelSetup } from '../../support/redis-sentinel.ts'

const DEADLINE_MS = 1000

describe('a store behind sentinel', { concurrency: true }, () => {
  it('fails in time while its master is dead, and finds every record with the next one', async (t) => {
    const setup = await startSentinelSetup()
    t.after(setup.stop)
    // One host of the URL is enough, and one Sentinel may be dead.
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
    // Reads and writes: nothing but answers and store_unavailable until the replica is master.
    const call = () => store.set('after', '1', 60)
    await retryUntilAnswered(15_000, DEADLINE_MS, call)
    for (let n = 0; n < 50; n += 1) assert.equal(await store.take(`k${n}`), `v${n}`)
    await assertRecovers(store)
    assert.ok(errors.some(({ message }) => message.includes(`127.0.0.1:${setup.master.port}`)))
    assert.ok(errors.length < 10, `${errors.length} errors for one outage`)

    // The old master comes back empty, and is made a replica of the new one.
    const revenant = await startRedis({ port: setup.master.port })
    t.after(revenant.stop)
    for (let n = 0; n < 20; n += 1) {
      assert.equal(await store.get('after'), '1')
      await sleep(50)
    }
  })

  it('opens while no Sentinel is there, and works when they come', async (t) => {
    const port = await findFreePort()
    const server = await startRedis()
    t.after(server.stop)
    const url = `redis+sentinel://127.0.0.1:${port}/late`
    const store = await within(1000, openStore({ url, deadlineMs: DEADLINE_MS }))
    await assert.rejects(store.get('a'), unavailable)
    const sentinel = await startRedis({
      port,
      sentinel: [`sentinel monitor late 127.0.0.1 ${server.port} 1`],
    })
    t.after(sentinel.stop)
    await assertRecovers(store)
    await within(3000, store.close())
  })

  it('says when the Sentinels do not know the master by that name', async (t) => {
    const server = await startRedis()
    const sentinel = await startRedis({
      sentinel: [`sentinel monitor a 127.0.0.1 ${server.port} 1`],
    })
    t.after(() => Promise.all([server.stop(), sentinel.stop()]))
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
