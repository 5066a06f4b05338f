// How one connection to Redis survives an outage, and how it closes.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { openRedisConnection } from '../../../src/store/redis/redis-connection.ts'
import type { RedisAccess } from '../../../src/store/redis/redis-url.ts'
import { findFreePort } from '../../support/free-port.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { within } from '../../support/redis-outage.ts'
import { startTlsRedis } from '../../support/redis-tls.ts'
import { startStallingProxy } from '../../support/stalling-proxy.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

const DEADLINE_MS = 1000
/** More than the longest pause between two attempts. */
const RECONNECT_MS = 1500
/** Long enough for a busy machine. */
const LIMIT_MS = 20_000
// SELECT in the handshake: without a command there, the client is ready as soon as TCP is connected.
const HANDSHAKE: RedisAccess = { database: 1 }

// Not concurrent: on a busy machine, PING would miss the short deadline.
describe('a Redis connection', () => {
  let server: RedisServer

  before(async () => {
    server = await startRedis()
  })
  after(() => server.stop())

  it('is replaced after a command timed out on it, while other commands are still sent', async (t) => {
    const { proxy, connection, errors } = await openThroughProxy(t, server)
    stallOpenConnections(proxy)
    // Every write restarts the timeout of the socket.
    const timer = setInterval(() => void ping(connection).catch(() => {}), 50)
    t.after(() => clearInterval(timer))
    await assert.rejects(ping(connection), { name: 'DeadlineError' })
    await until(() => connection.state === 'ready')
    await ping(connection)
    assert.equal(proxy.accepted, 2)
    assert.deepEqual(
      errors.map(({ message }) => message),
      [`Redis at 127.0.0.1:${proxy.port}: no response within ${DEADLINE_MS} ms`],
    )
  })

  it('is replaced if the server never answers the handshake', async (t) => {
    const proxy = await startStallingProxy(server)
    t.after(proxy.close)
    proxy.isStalling = true
    const { connection, errors } = open(t, proxy.port, HANDSHAKE)
    await sleep(DEADLINE_MS / 2)
    assert.equal(connection.state, 'connecting')
    proxy.isStalling = false
    await within(LIMIT_MS, connection.settled)
    assert.equal(connection.state, 'down')
    assert.equal(errors.length, 1)
    await until(() => connection.state === 'ready')
  })

  it('is replaced if the server never finishes the TLS handshake', async (t) => {
    const tlsServer = await startTlsRedis()
    t.after(tlsServer.stop)
    const proxy = await startStallingProxy({ port: Number(new URL(tlsServer.tlsUrl).port) })
    t.after(proxy.close)
    proxy.isStalling = true
    const { connection } = open(t, proxy.port, { tls: {} })
    await sleep(DEADLINE_MS / 2)
    proxy.isStalling = false
    // The client's own default is 5 s.
    await within(4000, connection.settled)
    await until(() => proxy.accepted > 1)
  })

  it('is replaced if the server vanishes while no command is sent', async (t) => {
    const { proxy, connection, errors } = await openThroughProxy(t, server)
    stallOpenConnections(proxy)
    // Not by its state, which may be down for less than a poll takes.
    await until(() => errors.length === 1)
    await until(() => connection.state === 'ready')
    assert.equal(errors.length, 1)
  })

  it('stays open while no command is sent, and calls onReady once', async (t) => {
    const { proxy, connection, errors, readiness } = await openThroughProxy(t, server)
    await sleep(3 * DEADLINE_MS)
    assert.equal(connection.state, 'ready')
    assert.deepEqual([proxy.accepted, readiness.count, errors], [1, 1, []])
  })

  it('follows its address to the new master when its own was demoted', async (t) => {
    const [former, next] = [await start(t), await start(t)]
    const address = { port: former.port }
    const proxy = await startTcpProxy(address)
    t.after(proxy.close)
    const { connection, errors } = open(t, Number(new URL(proxy.url).port))
    await connection.settled
    const set = () => connection.send((client) => client.set('a', '1'))
    assert.equal(await set(), 'OK')
    // As DNS does after a fail-over: the address leads to the new master for new connections only.
    address.port = next.port
    assert.equal(await set(), 'OK')
    assert.equal(await readFrom(next, 'a'), null)
    await demote(former, next)
    await assert.rejects(set(), /^Error: READONLY/)
    await until(() => connection.state === 'ready')
    assert.equal(await set(), 'OK')
    assert.equal(await readFrom(next, 'a'), '1')
    assert.equal(errors.length, 1)
    assert.match(String(errors[0]), /READONLY/)
  })

  it('is replaced once a second while its address leads to a replica', async (t) => {
    const [former, next] = [await start(t), await start(t)]
    const proxy = await startStallingProxy(former)
    t.after(proxy.close)
    const { connection, errors } = open(t, proxy.port)
    await connection.settled
    await demote(former, next)
    for (let n = 0; n < 20; n += 1) {
      await assert.rejects(connection.send((client) => client.set('a', '1')))
      await sleep(10)
    }
    assert.equal(proxy.accepted, 2)
    assert.ok(errors.length <= 2, String(errors))
  })

  it('fails a command during an outage at once, and never sends it', async (t) => {
    const port = await findFreePort()
    const { connection, readiness } = open(t, port)
    await connection.settled
    const early = connection.send((client) => client.set('early', '1'))
    await within(DEADLINE_MS / 2, assert.rejects(early))
    const first = await startRedis({ port })
    await until(() => connection.state === 'ready')
    assert.equal(await connection.send((client) => client.get('early')), null)

    await first.stop()
    await until(() => connection.state === 'down')
    const late = connection.send((client) => client.set('late', '1'))
    await within(DEADLINE_MS / 2, assert.rejects(late))
    await start(t, { port })
    await until(() => connection.state === 'ready')
    assert.equal(await connection.send((client) => client.get('late')), null)
    assert.equal(readiness.count, 2)
  })

  it('is not opened twice if a command times out while it reconnects', async (t) => {
    const proxy = await startStallingProxy(server)
    t.after(proxy.close)
    proxy.isStalling = true
    const { connection } = open(t, proxy.port, HANDSHAKE)
    // Times out in the middle of the second attempt.
    await sleep(DEADLINE_MS / 2)
    const endless = connection.send(() => new Promise<never>(() => {}))
    await assert.rejects(endless, { name: 'DeadlineError' })
    const { accepted } = proxy
    await sleep(100)
    assert.equal(proxy.accepted, accepted)
    proxy.isStalling = false
    await until(() => connection.state === 'ready')
    await sleep(RECONNECT_MS)
    assert.equal(await countClients(server), 1)
  })

  it('completes the commands in flight before it closes', async (t) => {
    const proxy = await startTcpProxy(server)
    t.after(proxy.close)
    const { connection } = open(t, Number(new URL(proxy.url).port))
    await connection.settled
    proxy.delayMs = DEADLINE_MS / 2
    const set = connection.send((client) => client.set('a', '1'))
    await connection.close()
    assert.equal(await set, 'OK')
    assert.equal(await countClients(server), 0)
  })

  it('closes in time if the server does not answer, without a report or another attempt', async (t) => {
    const { proxy, connection, errors } = await openThroughProxy(t, server)
    stallOpenConnections(proxy)
    const rejected = assert.rejects(ping(connection))
    await sleep(50)
    await within(LIMIT_MS, connection.close())
    await rejected
    await sleep(RECONNECT_MS)
    assert.deepEqual([proxy.accepted, errors], [1, []])
  })

  it('closes without an error if the server disconnects meanwhile', async (t) => {
    const { proxy, connection } = await openThroughProxy(t, server)
    stallOpenConnections(proxy)
    const closed = connection.close()
    await proxy.close()
    await closed
  })

  it('does not call onReady after it was closed', async (t) => {
    const proxy = await startTcpProxy(server)
    t.after(proxy.close)
    proxy.delayMs = DEADLINE_MS / 2
    const { connection, readiness } = open(t, Number(new URL(proxy.url).port))
    await sleep(DEADLINE_MS / 4)
    await connection.close()
    assert.equal(readiness.count, 0)
  })

  it('leaves no connection behind if it is closed while it connects', async (t) => {
    const { connection } = open(t, server.port)
    await connection.close()
    await sleep(200)
    assert.equal(await countClients(server), 0)
  })

  it('leaves no connection behind if it is closed during the handshake', async (t) => {
    const paused = await start(t)
    paused.pause()
    const { connection } = open(t, paused.port, HANDSHAKE)
    await sleep(100)
    await within(100, connection.close())
    paused.resume()
    await sleep(200)
    assert.equal(await countClients(paused), 0)
  })

  it('does not keep the process alive after it was closed', async (t) => {
    const paused = await start(t)
    paused.pause()
    const ports = [paused.port, await findFreePort()]
    const exits = ports.map((port) => runUntilExit(t, port))
    assert.deepEqual(await within(LIMIT_MS, Promise.all(exits)), [0, 0])
  })
})

async function demote(former: RedisServer, master: RedisServer): Promise<void> {
  const client = await createClient({ url: former.url }).connect()
  await client.sendCommand(['REPLICAOF', '127.0.0.1', String(master.port)])
  client.destroy()
}

async function readFrom(server: RedisServer, key: string): Promise<string | null> {
  const client = await createClient({ url: server.url }).connect()
  const value = await client.get(key)
  client.destroy()
  return value
}

type Connection = ReturnType<typeof openRedisConnection>

function ping(connection: Connection): Promise<string> {
  return connection.send((client) => client.ping())
}

function open(t: TestContext, port: number, access: RedisAccess = {}) {
  const errors: Error[] = []
  const readiness = { count: 0 }
  const connection = openRedisConnection({
    endpoint: { host: '127.0.0.1', port },
    access,
    deadlineMs: DEADLINE_MS,
    onReady() {
      readiness.count += 1
    },
    onError: (error) => errors.push(error),
  })
  t.after(() => connection.close())
  return { connection, errors, readiness }
}

async function openThroughProxy(t: TestContext, server: RedisServer) {
  const proxy = await startStallingProxy(server)
  t.after(proxy.close)
  const opened = open(t, proxy.port)
  await opened.connection.settled
  assert.equal(opened.connection.state, 'ready')
  return { proxy, ...opened }
}

/** Opens a connection in a process of its own, closes it after 100 ms, and waits for the process to exit. */
async function runUntilExit(t: TestContext, port: number): Promise<unknown> {
  const module = import.meta.resolve('../../../src/store/redis/redis-connection.ts')
  const script = `
    import { openRedisConnection } from ${JSON.stringify(module)}
    const connection = openRedisConnection({
      endpoint: { host: '127.0.0.1', port: ${port} },
      access: { database: 1 },
      deadlineMs: 60_000,
      onReady() {},
      onError() {},
    })
    setTimeout(() => connection.close(), 100)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: 'inherit',
  })
  t.after(() => child.kill('SIGKILL'))
  const [code] = await once(child, 'exit')
  return code
}

/** Connections that are opened later work. */
function stallOpenConnections(proxy: { isStalling: boolean }): void {
  proxy.isStalling = true
  proxy.isStalling = false
}

async function start(t: TestContext, options?: { port: number }): Promise<RedisServer> {
  const server = await startRedis(options)
  t.after(server.stop)
  return server
}

async function until(isReached: () => boolean): Promise<void> {
  const endsAtMs = performance.now() + LIMIT_MS
  while (!isReached()) {
    if (performance.now() > endsAtMs) throw new Error(`not reached within ${LIMIT_MS} ms`)
    await sleep(10)
  }
}

/** Not counting the connection of this command. */
async function countClients(server: RedisServer): Promise<number> {
  const client = await createClient({ url: server.url }).connect()
  try {
    return (await client.clientList()).length - 1
  } finally {
    client.destroy()
  }
}
