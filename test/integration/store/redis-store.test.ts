// The guarantees of the Redis backend beyond store-suite.test.ts: what it stores, and what it does in each kind
// of outage of a single server.

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import { findFreePort } from '../../support/free-port.ts'
import { startRedis } from '../../support/redis.ts'
import { assertRecovers, assertUnavailable, within } from '../../support/redis-outage.ts'

describe('a store in Redis', { concurrency: true }, () => {
  it('stores a record as its bare value with a lifetime, whichever operation wrote it', async (t) => {
    const { store, raw } = await openWithRaw(t)
    await store.set('plain', 'value', 60)
    await store.swap('created', undefined, 'value', 60)
    await store.set('replaced', 'old', 10)
    await store.swap('replaced', 'old', 'value', 60)
    for (const key of ['plain', 'created', 'replaced']) {
      assert.equal(await raw.get(key), 'value')
      const ttlMs = await raw.pTTL(key)
      assert.ok(ttlMs > 59_000 && ttlMs <= 60_000, `${key} has ${ttlMs} ms`)
    }
    assert.equal(await raw.dbSize(), 3)
  })

  it('swaps after Redis has lost its scripts', async (t) => {
    const { store, raw } = await openWithRaw(t)
    await store.set('a', '1', 60)
    assert.equal(await store.swap('a', '1', '2', 60), true)
    await raw.scriptFlush()
    assert.equal(await store.swap('a', '2', '3', 60), true)
  })

  it('opens while Redis is down, answers store_unavailable, and works once Redis is up', async (t) => {
    const port = await findFreePort()
    const errors: Error[] = []
    const url = `redis://127.0.0.1:${port}`
    const store = await within(1000, openStore({ url, onError: (error) => errors.push(error) }))
    t.after(() => store.close())
    await assertUnavailable(store)
    await sleep(1000)
    assert.equal(errors.length, 1, 'an outage is reported once')
    const server = await startRedis({ port })
    t.after(server.stop)
    await assertRecovers(store)
  })

  it('answers store_unavailable while Redis is paused, and works once it resumes', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    const store = await openStore({ url: server.url, deadlineMs: 1500, onError })
    t.after(() => store.close())
    await store.set('before', '1', 60)
    server.pause()
    await assertUnavailable(store)
    await assertUnavailable(store)
    assert.equal(errors.length, 1, 'an outage is reported once')
    server.resume()
    await assertRecovers(store)
    assert.equal(await store.get('before'), '1')
  })

  it('answers store_unavailable while Redis pauses its clients, and works afterwards', async (t) => {
    const { store, raw } = await openWithRaw(t)
    await raw.sendCommand(['CLIENT', 'PAUSE', '4000', 'ALL'])
    await assertUnavailable(store)
    await assertRecovers(store)
  })

  it('answers store_unavailable after Redis was killed, and works once it is restarted', async (t) => {
    const server = await startRedis()
    t.after(server.stop)
    const store = await openStore({ url: server.url })
    t.after(() => store.close())
    await store.set('a', '1', 60)
    const inFlight = Promise.allSettled([store.get('a'), store.take('b')])
    await server.stop()
    await within(5000, inFlight)
    await assertUnavailable(store)
    const restarted = await startRedis({ port: server.port })
    t.after(restarted.stop)
    await assertRecovers(store)
  })

  it('closes within 5 s while Redis is down or paused, and leaves no connection', async (t) => {
    const never = await openStore({ url: `redis://127.0.0.1:${await findFreePort()}` })
    await within(5000, never.close())
    const server = await startRedis()
    t.after(server.stop)
    const paused = await openStore({ url: server.url })
    const closed = await openStore({ url: server.url })
    await closed.close()
    server.pause()
    void paused.get('a').catch(() => {})
    await sleep(50)
    await within(5000, paused.close())
    server.resume()
    const raw = await createClient({ url: server.url }).connect()
    await sleep(100)
    const clients = await raw.clientList()
    assert.equal(clients.length, 1)
    raw.destroy()
  })
})

async function openWithRaw(t: TestContext) {
  const server = await startRedis()
  const store = await openStore({ url: server.url })
  const raw = await createClient({ url: server.url }).connect()
  t.after(async () => {
    raw.destroy()
    await store.close()
    await server.stop()
  })
  return { server, store, raw }
}
