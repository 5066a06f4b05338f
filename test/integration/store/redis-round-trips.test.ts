// How many round trips a store needs.

import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { openStore } from '../../../src/store/open-store.ts'
import { startRedis } from '../../support/redis.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

it('sends all commands of one tick in one write', async (t) => {
  const { store, proxy } = await openThroughProxy(t)
  await store.set('a', '1', 60)
  await store.swap('a', '1', '2', 60)
  proxy.reset()
  const gets = await Promise.all(Array.from({ length: 10 }, () => store.get('a')))
  assert.deepEqual(gets, Array(10).fill('2'))
  assert.deepEqual(proxy.commands, Array(10).fill(['GET', 'a']))
  assert.equal(proxy.writes, 1)
  assert.equal(proxy.roundTrips, 1)

  proxy.reset()
  await Promise.all([
    store.set('b', '1', 60),
    store.delete('b'),
    store.swap('a', '2', '3', 60),
    store.swap('c', undefined, '1', 60),
    store.take('d'),
  ])
  const names = proxy.commands.map(([name]) => name)
  assert.deepEqual(names.toSorted(), ['EVALSHA', 'GETDEL', 'SET', 'SET', 'UNLINK'])
  assert.equal(proxy.roundTrips, 1)
})

it('sends only INFO when it opens and at each ping, apart from PING', async (t) => {
  const { store, proxy } = await openThroughProxy(t)
  await store.ping()
  assert.deepEqual(proxy.commands, Array(2).fill(['INFO', 'memory']))
})

it('needs one round trip for each call that awaits the previous one', async (t) => {
  const { store, proxy } = await openThroughProxy(t)
  await store.ping()
  proxy.reset()
  for (const n of [1, 2, 3]) await store.set(`${n}`, 'x'.repeat(100_000), 60)
  assert.equal(proxy.roundTrips, 3)
  assert.deepEqual(
    proxy.commands.map(([name, key]) => `${name} ${key}`),
    ['SET 1', 'SET 2', 'SET 3'],
  )
})

async function openThroughProxy(t: TestContext) {
  const server = await startRedis()
  const proxy = await startTcpProxy(server)
  const store = await openStore({ url: proxy.url })
  t.after(async () => {
    await store.close()
    await proxy.close()
    await server.stop()
  })
  return { store, proxy }
}
