// Several sockets at one port behave as one. They exist on Linux only, and so does what is tested here.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../../../../src/http/connections/listeners.ts'
import { findFreePort } from '../../../support/free-port.ts'

const host = '127.0.0.1'

async function start(t: TestContext, server: Server) {
  const port = await findFreePort()
  const listeners = await listen(server, { host, port }, { isShared: false })
  t.after(() => {
    server.closeAllConnections()
    return listeners.close()
  })
  return { port, listeners }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, host)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

test('a server that is busy accepts many connections in a turn of its event loop', async (t) => {
  const server = createServer()
  const { port } = await start(t, server)
  let turns = 0
  let accepted = 0
  const counting = (): void => {
    turns += 1
    if (accepted < 64) setImmediate(counting)
  }
  server.on('connection', () => {
    accepted += 1
    // Each turn is long.
    const endsAtMs = performance.now() + 1
    while (performance.now() < endsAtMs);
  })
  const opening = Promise.all(Array.from({ length: 64 }, () => open(port)))
  // Until the system has all of them, nothing is accepted.
  const endsAtMs = performance.now() + 200
  while (performance.now() < endsAtMs);
  setImmediate(counting)
  const sockets = await opening
  while (accepted < 64) await sleep(5)
  assert.ok(turns < 40, `${turns} turns`)
  for (const socket of sockets) socket.destroy()
})

test('the limit of connections counts those of all sockets together', async (t) => {
  const server = createServer((_request, response) => response.end('done'))
  server.maxConnections = 20
  let dropped = 0
  server.on('drop', () => {
    dropped += 1
  })
  const { port } = await start(t, server)
  const held = await Promise.all(Array.from({ length: 60 }, () => open(port)))
  const endsAtMs = performance.now() + 2000
  while (dropped < 40 && performance.now() < endsAtMs) await sleep(10)
  assert.equal(dropped, 40)
  for (const socket of held) socket.destroy()
  await sleep(50)
  assert.equal(await (await fetch(`http://${host}:${port}`)).text(), 'done')
})

test('a port that is taken is refused, by whatever kind of socket', async (t) => {
  const { port } = await start(t, createServer())
  await assert.rejects(listen(createServer(), { host, port }, { isShared: false }), /EADDRINUSE/)
  const plain = createTcpServer().listen(0, host)
  await once(plain, 'listening')
  t.after(() => plain.close())
  const address = plain.address()
  assert.ok(address && typeof address !== 'string')
  const taken = listen(createServer(), { host, port: address.port }, { isShared: false })
  await assert.rejects(taken, /EADDRINUSE/)
})

test('close() waits for the connections of all sockets, and no new one is accepted', async (t) => {
  const server = createServer()
  const port = await findFreePort()
  const listeners = await listen(server, { host, port }, { isShared: false })
  t.after(() => server.closeAllConnections())
  const held = await Promise.all(Array.from({ length: 8 }, () => open(port)))
  await sleep(100)
  let isClosed = false
  const closed = listeners.close().then(() => {
    isClosed = true
  })
  await assert.rejects(open(port))
  for (const socket of held.slice(1)) socket.destroy()
  await sleep(50)
  assert.equal(isClosed, false)
  held[0]?.destroy()
  await closed
})
