// Access to Redis: passwords, ACL rights and TLS. And the warning about a Redis that evicts records.

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import { findFreePort } from '../../support/free-port.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { aclUser, PASSWORD, RIGHTS } from '../../support/redis-backends.ts'
import { sendRedisCommand } from '../../support/redis-cluster.ts'
import { retryUntilAnswered, unavailable } from '../../support/redis-outage.ts'
import { startTlsRedis } from '../../support/redis-tls.ts'

const CREDENTIALS = `app:${encodeURIComponent(PASSWORD)}@`

describe('access to Redis', { concurrency: true }, () => {
  it('reports a wrong password once, without quoting it, and the caller gets store_unavailable', async (t) => {
    const server = await start(t, ['--requirepass', 'right'])
    const { store, errors } = await open(t, server.url.replace('//', '//:s3cret@'))
    await assert.rejects(store.get('a'), unavailable)
    assert.match(String(errors[0]), /127\.0\.0\.1:\d+: WRONGPASS/)
    assert.doesNotMatch(`${errors[0]?.stack} ${JSON.stringify(errors)}`, /s3cret/)
    await sleep(1000)
    assert.equal(errors.length, 1)
  })

  it('reports a missing password once, and the caller gets store_unavailable', async (t) => {
    const server = await start(t, ['--requirepass', 'right'])
    const { store, errors } = await open(t, server.url)
    await assert.rejects(store.get('a'), unavailable)
    assert.match(String(errors[0]), /NOAUTH/)
    await sleep(1000)
    assert.equal(errors.length, 1)
  })

  it('needs exactly the documented ACL rights', async (t) => {
    for (const missing of [undefined, ...RIGHTS]) {
      const rights = RIGHTS.filter((right) => right !== missing)
      const server = await start(t, ['--user', ...aclUser('app', ['p:*'], rights)])
      const { store, errors } = await open(t, server.url.replace('//', `//${CREDENTIALS}`))
      const calls = await Promise.allSettled([
        store.ping(),
        store.set('p:a', '1', 60),
        store.get('p:a'),
        store.swap('p:a', '1', '2', 60),
        store.swap('p:b', undefined, undefined, 60),
        store.take('p:a'),
        store.createLimiter?.({ prefix: 'p', points: 1, seconds: 60 })('c'),
        store.delete('p:a'),
        store.scan('p:')[Symbol.asyncIterator]().next(),
      ])
      const isDenied = calls.some(({ status }) => status === 'rejected')
      assert.equal(isDenied, missing !== undefined, `without ${missing}`)
      if (missing !== '+ping') assert.deepEqual(errors, [])
      await assert.rejects(store.get('q:other'), unavailable)
      await store.close()
      await server.stop()
    }
  })

  it('uses TLS for a rediss URL, and rejects a server whose certificate its CA has not signed', async (t) => {
    const server = await startTlsRedis()
    t.after(server.stop)
    const { store } = await open(t, `${server.tlsUrl}?ca=${encodeURIComponent(server.caFile)}`)
    await store.set('a', '1', 60)
    assert.equal(await store.get('a'), '1')
    const untrusting = await open(t, server.tlsUrl)
    await assert.rejects(untrusting.store.get('a'), unavailable)
    assert.match(String(untrusting.errors[0]), /unable to verify|self-signed/)
    const plain = await open(t, server.tlsUrl.replace('rediss', 'redis'))
    await assert.rejects(plain.store.get('a'), unavailable)
  })

  it('uses TLS for every server of a Cluster', async (t) => {
    const busPort = await findFreePort()
    const flags = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-port', busPort]
    const server = await startTlsRedis({ flags })
    t.after(server.stop)
    await sendRedisCommand(server, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    const url = server.tlsUrl.replace('rediss:', 'rediss+cluster:')
    const { store, errors } = await open(t, `${url}?ca=${encodeURIComponent(server.caFile)}`)
    await retryUntilAnswered(5000, 1500, () => store.set('a', '1', 60))
    assert.equal(await store.take('a'), '1')
    assert.deepEqual(errors, [])
  })
})

describe('a Redis that evicts records', { concurrency: true }, () => {
  it('is reported once, however often the store reconnects', async (t) => {
    const server = await start(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'])
    const { store, errors } = await open(t, server.url)
    await store.ping()
    const warnings = () =>
      errors.map(({ message }) => message).filter((message) => message.includes('vanish'))
    assert.equal(warnings().length, 1)
    assert.match(String(warnings()[0]), /volatile-lru.*set maxmemory-policy to noeviction/)
    await sendRedisCommand(server, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await retryUntilAnswered(5000, 1500, () => store.ping())
    // The store has sent INFO again, beside the INFO commands of this loop.
    for (let own = 0; (await countInfo(server)) - own < 2; own += 1) await sleep(20)
    await sleep(100)
    assert.equal(warnings().length, 1)
  })

  it('is not reported without a memory limit, without eviction, or without the right to INFO', async (t) => {
    const evicting = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']
    const cases = [
      ['--maxmemory-policy', 'allkeys-lru'],
      ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction'],
      [...evicting, '--user', ...aclUser('app', ['*'])],
    ]
    for (const flags of cases) {
      const server = await start(t, flags)
      const credentials = flags.includes('--user') ? CREDENTIALS : ''
      const { store, errors } = await open(t, server.url.replace('//', `//${credentials}`))
      await store.ping()
      assert.deepEqual(errors, [])
    }
  })
})

async function countInfo(server: RedisServer): Promise<number> {
  const stats = String(await sendRedisCommand(server, 'INFO', 'commandstats'))
  return Number(/cmdstat_info:calls=(\d+)/.exec(stats)?.[1])
}

async function start(t: TestContext, flags: string[]) {
  const server = await startRedis({ flags })
  t.after(server.stop)
  return server
}

async function open(t: TestContext, url: string) {
  const errors: Error[] = []
  const store = await openStore({ url, deadlineMs: 1500, onError: (error) => errors.push(error) })
  t.after(() => store.close())
  return { store, errors }
}
