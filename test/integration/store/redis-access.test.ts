// Who may come in and by which door: passwords, rights, TLS. And what a store tells of a Redis that
// drops records.

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openStore } from '../../../src/store/open-store.ts'
import { findFreePort, startRedis } from '../../support/redis.ts'
import { aclUser, PASSWORD, RIGHTS } from '../../support/redis-backends.ts'
import { sendRedisCommand } from '../../support/redis-cluster.ts'
import { retryUntilAnswered, unavailable } from '../../support/redis-outage.ts'
import { startTlsRedis } from '../../support/redis-tls.ts'

const LOGIN = `app:${encodeURIComponent(PASSWORD)}@`

describe('access to redis', { concurrency: true }, () => {
  it('is refused for a wrong password: the log is told, without the password, and the caller is not', async (t) => {
    const server = await start(t, ['--requirepass', 'right'])
    const { store, errors } = await open(t, server.url.replace('//', '//:s3cret@'))
    await assert.rejects(store.get('a'), unavailable)
    assert.match(String(errors[0]), /127\.0\.0\.1:\d+: WRONGPASS/)
    assert.doesNotMatch(`${errors[0]?.stack} ${JSON.stringify(errors)}`, /s3cret/)
    await sleep(1000)
    assert.equal(errors.length, 1)
  })

  it('is refused without a password where one is needed, and the log is told', async (t) => {
    const server = await start(t, ['--requirepass', 'right'])
    const { store, errors } = await open(t, server.url)
    await assert.rejects(store.get('a'), unavailable)
    assert.match(String(errors[0]), /NOAUTH/)
    await sleep(1000)
    assert.equal(errors.length, 1)
  })

  it('needs no right but those that are documented, and each of them', async (t) => {
    for (const missing of [undefined, ...RIGHTS]) {
      const rights = RIGHTS.filter((right) => right !== missing)
      const server = await start(t, ['--user', ...aclUser('app', ['p:*'], rights)])
      const { store, errors } = await open(t, server.url.replace('//', `//${LOGIN}`))
      const calls = await Promise.allSettled([
        store.ping(),
        store.set('p:a', '1', 60),
        store.get('p:a'),
        store.swap('p:a', '1', '2', 60),
        store.swap('p:b', undefined, undefined, 60),
        store.take('p:a'),
        store.count?.('p:c', 60_000),
        store.delete('p:a'),
        store.scan('p:')[Symbol.asyncIterator]().next(),
      ])
      const isRefused = calls.some(({ status }) => status === 'rejected')
      assert.equal(isRefused, missing !== undefined, `without ${missing}`)
      if (missing !== '+ping') assert.deepEqual(errors, [])
      await assert.rejects(store.get('q:other'), unavailable)
    }
  })

  it('goes over TLS alone where the URL says so, and only to who its CA vouches for', async (t) => {
    const server = await startTlsRedis()
    t.after(server.stop)
    const { store } = await open(t, `${server.tlsUrl}?ca=${encodeURIComponent(server.caFile)}`)
    await store.set('a', '1', 60)
    assert.equal(await store.get('a'), '1')
    const stranger = await open(t, server.tlsUrl)
    await assert.rejects(stranger.store.get('a'), unavailable)
    assert.match(String(stranger.errors[0]), /unable to verify|self-signed/)
    const plain = await open(t, server.tlsUrl.replace('rediss', 'redis'))
    await assert.rejects(plain.store.get('a'), unavailable)
  })

  it('goes over TLS to every server of a Cluster', async (t) => {
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

describe('a redis that drops records', { concurrency: true }, () => {
  it('is told of once, however often it comes back', async (t) => {
    const server = await start(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'])
    const { store, errors } = await open(t, server.url)
    await store.ping()
    const warnings = () =>
      errors.map(({ message }) => message).filter((one) => one.includes('vanish'))
    assert.equal(warnings().length, 1)
    assert.match(String(warnings()[0]), /volatile-lru.*set maxmemory-policy to noeviction/)
    const raw = await createClient({ url: server.url }).connect()
    await raw.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    raw.destroy()
    await sleep(500)
    await store.ping()
    assert.equal(warnings().length, 1)
  })

  it('is not suspected without a limit, without eviction, or where INFO is not allowed', async (t) => {
    const evicting = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']
    const cases = [
      ['--maxmemory-policy', 'allkeys-lru'],
      ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction'],
      [...evicting, '--user', ...aclUser('app', ['*'])],
    ]
    for (const flags of cases) {
      const server = await start(t, flags)
      const login = flags.includes('--user') ? LOGIN : ''
      const { store, errors } = await open(t, server.url.replace('//', `//${login}`))
      await store.ping()
      assert.deepEqual(errors, [])
    }
  })
})

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
