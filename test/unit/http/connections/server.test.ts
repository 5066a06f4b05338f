// Rules that no test of the whole server can show: its responses are small, and its limit of connections is high.
import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../../../../scripts/dev/listen.ts'
import type { ConnectionSettings } from '../../../../src/config/connections.ts'
import { createHttpServer } from '../../../../src/http/connections/server.ts'
import { createLogger } from '../../../../src/log.ts'
import { openConnection, requestHead } from '../../../support/raw-connection.ts'

const CONNECTIONS: ConnectionSettings = {
  keepAliveSeconds: 10,
  headersSeconds: 10,
  requestSeconds: 10,
  responseSeconds: 10,
  maxConnections: 10,
  maxRequests: 10,
}

async function start(
  t: TestContext,
  { onRequest, ...changes }: Partial<ConnectionSettings> & { onRequest?: RequestListener },
) {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } })
  const server = createHttpServer({
    connections: { ...CONNECTIONS, ...changes },
    logger,
    quietMs: 200,
  })
  const { port, close } = await listen({ port: 0, host: '127.0.0.1', server })
  t.after(close)
  server.on('request', onRequest ?? ((_request, response) => void response.end('done')))
  const logged = () =>
    lines.map((line) => {
      const { time: _, ...rest } = JSON.parse(line)
      return rest
    })
  return { origin: `http://127.0.0.1:${port}`, server, logged }
}

test('a client that does not read its responses is disconnected, and one that reads slowly is not', async (t) => {
  // More than the buffers of both sockets hold.
  const length = 32 * 1024 * 1024
  const onRequest: RequestListener = (_request, response) => void response.end(Buffer.alloc(length))
  const { origin, server } = await start(t, { responseSeconds: 0.5, onRequest })
  const freed = new Promise<number>((resolve) => {
    const startedAtMs = performance.now()
    server.once('connection', (socket) =>
      socket.once('close', () => resolve(performance.now() - startedAtMs)),
    )
  })
  const { socket } = await openConnection(origin)
  socket.pause()
  socket.write(requestHead('GET /'))
  const { body } = await fetch(origin)
  let receivedBytes = 0
  let pauses = 0
  for await (const chunk of body ?? []) {
    receivedBytes += chunk.length
    // Takes longer than responseSeconds in all, but never stops for so long.
    if (receivedBytes > (pauses + 1) * (length / 20)) {
      pauses += 1
      await sleep(50)
    }
  }
  assert.equal(receivedBytes, length)
  // A stalled write is noticed at the second look.
  assert.ok((await freed) < 3000)
  socket.destroy()
})

test('beyond maxConnections, a new connection is closed at once; the log has a line when that begins and ends', async (t) => {
  const { origin, logged } = await start(t, { maxConnections: 2 })
  const held = [await openConnection(origin), await openConnection(origin)]
  assert.deepEqual(logged(), [])
  for (let n = 0; n < 3; n += 1) {
    const { closed } = await openConnection(origin)
    assert.ok((await closed) < 1000)
  }
  const begin = {
    level: 'warn',
    hint: 'docs/troubleshooting.md#server-overloaded',
    maxConnections: 2,
    msg: 'new connections are rejected: see connections.maxConnections',
  }
  assert.deepEqual(logged(), [begin])

  const [first, second] = held
  first?.socket.destroy()
  await first?.closed
  second?.socket.write(requestHead('GET /'))
  assert.equal(await (await fetch(origin)).text(), 'done')
  await sleep(400)
  assert.match(second?.received ?? '', /200 OK/)
  const end = { level: 'info', rejected: 3, msg: 'new connections are accepted again' }
  assert.deepEqual(logged(), [begin, end])
  for (const { socket } of held) socket.destroy()
})
