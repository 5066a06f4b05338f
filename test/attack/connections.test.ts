// Clients that hold connections: by silence, by slow headers and bodies, and by bodies that nobody wants any more.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { openConnection, type RawConnection, requestHead } from '../support/raw-connection.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const CONNECTIONS = 100
/** The server looks for overdue connections every second. The rest is for a busy machine. */
const LATE_MS = 8000
const FORM = 'application/x-www-form-urlencoded'
const ENDLESS = 200 * 1024 * 1024

let server: TestServer
let strict: TestServer
let limited: TestServer
before(async () => {
  server = await startTestServer({ connections: { headersSeconds: 0.5 } })
  // The requests of slow clients are not refused, so that each ends by its time.
  const file = { connections: { maxRequests: 1000 } }
  strict = await startTestServer({ connections: { headersSeconds: 0.5, requestSeconds: 1 }, file })
  const once = { perAddress: 1, total: 1, seconds: 60 }
  limited = await startTestServer({ file: { limits: { ...AMPLE_LIMITS, registration: once } } })
})
after(() => Promise.all([server, strict, limited].map(({ close }) => close())))

function* endlessly(part: string): Iterable<string> {
  for (;;) yield part
}

const SLOW: Record<string, { longestMs: number; send(connection: RawConnection): void }> = {
  'that stay silent': { longestMs: 500, send() {} },
  'whose headers are slow': {
    longestMs: 500,
    send: ({ socket, trickle }) => {
      socket.write('GET /jwks HTTP/1.1\r\nHost: localhost\r\n')
      trickle(endlessly('a: b\r\n'), 100)
    },
  },
  'whose body is slow': {
    longestMs: 1000,
    send: ({ socket, trickle }) => {
      const headers = { 'content-type': FORM, 'content-length': '1000' }
      socket.write(requestHead('POST /token', headers))
      trickle(endlessly('a'), 100)
    },
  },
  'whose body comes in slow chunks': {
    longestMs: 1000,
    send: ({ socket, trickle }) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
      socket.write(requestHead('POST /register', headers))
      trickle(endlessly('1\r\n{\r\n'), 100)
    },
  },
}

/** Waits for the answers of `count` requests on one connection. */
async function answers(connection: RawConnection, count: number): Promise<readonly string[]> {
  const endsAtMs = performance.now() + LATE_MS
  for (;;) {
    const [, ...received] = connection.received.split('HTTP/1.1 ')
    if (received.length >= count) return received
    assert.ok(performance.now() < endsAtMs, `${received.length} answers`)
    await sleep(10)
  }
}

describe('slow clients', { concurrency: true }, () => {
  for (const [what, { longestMs, send }] of Object.entries(SLOW)) {
    test(`connections ${what} are closed in time, all of them, and an honest idle one is kept`, async () => {
      const { issuer } = longestMs === 500 ? server : strict
      const idle = await openConnection(issuer)
      idle.socket.write(requestHead('GET /livez'))
      const slow = await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          const connection = await openConnection(issuer)
          send(connection)
          return connection
        }),
      )
      const times = await Promise.all(slow.map(({ closed }) => closed))
      const longest = Math.max(...times)
      assert.ok(longest < longestMs + LATE_MS, `${longest} ms`)
      assert.ok(Math.min(...times) >= longestMs, 'an honest client may take that long')

      // Longer idle than headersSeconds: that limit is for connections that owe a request.
      assert.equal((await answers(idle, 1)).length, 1)
      idle.socket.write(requestHead('GET /livez'))
      assert.match((await answers(idle, 2)).join(), /^200 OK.*,200 OK/s)
      idle.socket.destroy()
    })
  }
})

/** Requests that are answered before their body has arrived. */
const EARLY: Record<
  string,
  { status: number; line: string; type: string; expect?: string; server?: () => TestServer }
> = {
  'an unknown path': { status: 404, line: 'POST /nowhere', type: FORM },
  'a method that is not allowed': { status: 405, line: 'PUT /token', type: FORM },
  'a body for a metadata document': { status: 200, line: 'GET /jwks', type: FORM },
  'a content type that the engine rejects': {
    status: 400,
    line: 'POST /token',
    type: 'text/plain',
  },
  'a body too large for the engine': { status: 400, line: 'POST /token', type: FORM },
  'a body too large for its route': { status: 413, line: 'POST /par', type: FORM },
  'a body too large for a form of ours': { status: 413, line: 'POST /introspect', type: FORM },
  'an answer to a page that has expired': {
    status: 400,
    line: 'POST /interaction/x/deny',
    type: FORM,
  },
  'an unknown expectation': { status: 404, line: 'POST /nowhere', type: FORM, expect: 'wonders' },
  'a request above a rate limit': {
    status: 429,
    line: 'POST /register',
    type: 'application/json',
    server: () => limited,
  },
}

/** Sends a head and then as much of the body as the server lets it. */
async function writeEndlessly(origin: string, line: string, more: Record<string, string>) {
  const connection = await openConnection(origin, { isHostile: true })
  const { socket } = connection
  const headers = { accept: 'application/json', 'content-length': String(ENDLESS), ...more }
  socket.write(requestHead(line, headers))
  const part = 'x'.repeat(64 * 1024)
  const write = (): void => {
    while (socket.writable && socket.bytesWritten < ENDLESS && socket.write(part));
  }
  socket.on('drain', write)
  write()
  const tookMs = await connection.closed
  const sentBytes = socket.bytesWritten - socket.writableLength
  return { tookMs, sentBytes, received: connection.received }
}

describe('bodies that nobody wants', { concurrency: true }, () => {
  before(() => fetch(`${limited.issuer}/register`, { method: 'POST' }))

  for (const [what, early] of Object.entries(EARLY)) {
    test(`an early answer closes its connection, however much the client has left to send: ${what}`, async () => {
      const { status, line, type, expect } = early
      const { issuer } = early.server?.() ?? server
      const more = { 'content-type': type, ...(expect && { expect }) }
      const { tookMs, sentBytes, received } = await writeEndlessly(issuer, line, more)
      assert.match(received, new RegExp(`^HTTP/1.1 ${status} `))
      assert.match(received, /^connection: close\r$/im)
      assert.ok(tookMs < LATE_MS, `${tookMs} ms`)
      // The server discards 256 KiB. The rest is in the buffers of the two sockets.
      assert.ok(sentBytes < ENDLESS / 8, `${sentBytes} bytes`)
    })
  }

  test('a client that sends the rest of its body before it reads gets the early answer', async () => {
    const body = `a=${'x'.repeat(150_000)}`
    const { socket, closed } = await openConnection(server.issuer)
    socket.pause()
    const headers = { 'content-type': 'text/plain', 'content-length': String(body.length) }
    socket.write(requestHead('POST /token', headers))
    for (let at = 0; at < body.length; at += 50_000) {
      await sleep(100)
      socket.write(body.slice(at, at + 50_000))
    }
    await sleep(100)
    let received = ''
    socket.on('data', (text: string) => (received += text))
    socket.resume()
    await closed
    assert.match(received, /^HTTP\/1.1 400 .*"error":"invalid_request"/s)
  })

  test('a request that follows an early answer on its connection is not processed', async () => {
    const connection = await openConnection(server.issuer, { isHostile: true })
    const headers = { 'content-type': FORM, 'content-length': '3' }
    connection.socket.write(requestHead('PUT /token', headers))
    assert.match((await answers(connection, 1)).join(), /^405 /)
    const isLogged = (route: string) => server.logLines.some((line) => line.includes(`"${route}"`))
    connection.socket.end(`a=b${requestHead('GET /assets/x')}`)
    await connection.closed
    assert.equal(connection.received.split('HTTP/1.1').length, 2)
    assert.deepEqual([isLogged('/token'), isLogged('/assets/:file')], [true, false])
  })

  test('control: a request whose body has arrived keeps its connection', async () => {
    const connection = await openConnection(server.issuer)
    let count = 0
    for (const line of ['POST /token', 'PUT /token', 'POST /nowhere']) {
      const headers = { 'content-type': FORM, 'content-length': '3' }
      connection.socket.write(`${requestHead(line, headers)}a=b`)
      count += 1
      const answer = (await answers(connection, count)).at(-1) ?? ''
      assert.match(answer, /^4\d\d .*\r\nconnection: keep-alive\r\n/is, line)
    }
    connection.socket.destroy()
  })
})

test('by default, an idle connection is kept for longer than a proxy keeps it', async () => {
  const answer = await fetch(`${limited.issuer}/livez`)
  assert.equal(answer.headers.get('keep-alive'), 'timeout=75')
})
