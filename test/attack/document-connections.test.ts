// Hosts that make a connection costly: by their certificates, and by what they send before or beside a document. The
// connections are those of the server itself; the operator lists the host, so its address and port may be any.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import { test } from 'node:test'
import { connect, createServer as createTlsServer, setDefaultCACertificates } from 'node:tls'
import {
  createGuardedFetch,
  FetchError,
  type FetchLimits,
} from '../../src/outbound/guarded-fetch.ts'
import { createCertificate } from '../support/certificate.ts'
import { createCostlyChain } from '../support/costly-chain.ts'

const HOST = 'client.example'
const LIMITS: FetchLimits = { timeoutMs: 2000, maxBytes: 5000, types: /^application\/json$/ }
const JSON_HEADERS = { 'content-type': 'application/json' }

const trusted = createCertificate([HOST])
setDefaultCACertificates([trusted.cert])

const fetch = createGuardedFetch({
  privateHosts: [HOST],
  currentSender: () => '',
  admit: async () => {},
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The outcome of `work`, and what it took. */
async function measure(work: () => Promise<string>) {
  const startedAtMs = performance.now()
  const before = process.cpuUsage()
  const outcome = await work()
  const { user, system } = process.cpuUsage(before)
  return { outcome, cpuMs: (user + system) / 1000, ms: performance.now() - startedAtMs }
}

async function get(port: number): Promise<string> {
  try {
    const { body } = await fetch(`https://${HOST}:${port}/client.json`, LIMITS)
    return `${body.length} bytes`
  } catch (error) {
    assert.ok(error instanceof FetchError && error.cause instanceof Error, String(error))
    return `${error.fault}: ${error.cause.message}`
  }
}

const REFUSED = 'network: the connection received too many bytes'

test('control: a document at the limits is fetched, however small the pieces it comes in', async (t) => {
  const server = createHttpsServer(trusted, async (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' })
    response.writeHead(200, { ...JSON_HEADERS, 'x-long': 'x'.repeat(7500) })
    for (let at = 0; at < 500; at += 1) {
      response.write('x'.repeat(10))
      await new Promise(setImmediate)
    }
    response.end()
  })
  const port = await listen(server)
  t.after(() => server.close())
  assert.equal(await get(port), '5000 bytes')
})

test('a long chain of costly certificates is refused before its signatures are verified', async (t) => {
  const server = createHttpsServer(createCostlyChain([HOST], 40))
  server.on('tlsClientError', () => {})
  const port = await listen(server)
  t.after(() => server.close())
  const guarded = await measure(() => get(port))
  assert.equal(guarded.outcome, REFUSED)
  const control = await measure(async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: HOST })
    const [error] = await once(socket, 'error')
    return error.code
  })
  assert.match(control.outcome, /CERT/)
  t.diagnostic(`${guarded.cpuMs} ms instead of ${control.cpuMs} ms`)
  assert.ok(guarded.cpuMs < control.cpuMs / 3, `${guarded.cpuMs} of ${control.cpuMs} ms`)
})

for (const [what, piece] of Object.entries({
  'informational responses': 'HTTP/1.1 103 \r\n\r\n',
  'extensions of chunks': `1;${'x'.repeat(10)}\r\n \r\n`,
})) {
  test(`an endless stream of ${what} ends the connection, long before the timeout`, async (t) => {
    const head =
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
    const server = createTlsServer(trusted, (socket) => {
      socket.on('error', () => {})
      if (!piece.startsWith('HTTP')) socket.write(head)
      const flood = Buffer.from(piece.repeat(1000))
      const send = () => {
        while (!socket.destroyed && socket.write(flood));
      }
      socket.on('drain', send)
      socket.once('data', send)
    })
    const port = await listen(server)
    t.after(() => server.close())
    const { outcome, ms } = await measure(() => get(port))
    assert.equal(outcome, REFUSED)
    assert.ok(ms < LIMITS.timeoutMs / 2, `${ms} ms`)
  })
}

for (const [what, close] of Object.entries({
  closes: (socket: Socket) => socket.end(),
  resets: (socket: Socket) => socket.resetAndDestroy(),
})) {
  test(`a host that ${what} the connection during the handshake is a network fault at once`, async (t) => {
    const server = createTcpServer((socket) => socket.once('data', () => close(socket)))
    const port = await listen(server)
    t.after(() => server.close())
    const { outcome, ms } = await measure(() => get(port))
    assert.match(outcome, /^network/)
    assert.ok(ms < LIMITS.timeoutMs / 2, `${ms} ms`)
  })
}

test('a port that nobody listens on is a network fault at once', async () => {
  const server = createTcpServer()
  const port = await listen(server)
  server.close()
  assert.match(await get(port), /^network: .*ECONNREFUSED/)
})

test('a host that accepts connections and completes no handshake loses them at the timeout', async (t) => {
  const server = createTcpServer()
  const accepted = once(server, 'connection')
  const port = await listen(server)
  t.after(() => server.close())
  const fault = fetch(`https://${HOST}:${port}/client.json`, { ...LIMITS, timeoutMs: 100 })
  const [socket] = await accepted
  const closed = once(socket.resume(), 'close', { signal: AbortSignal.timeout(1500) })
  t.after(() => socket.destroy())
  await assert.rejects(fault, { fault: 'timeout' })
  await closed
})
