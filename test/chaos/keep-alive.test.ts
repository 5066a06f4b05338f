// A proxy that keeps idle connections for longer than the server sends some requests on connections that the server is
// closing, and answers 502 (docs/adr/0024-connections.md). The nginx of these tests does not send a request again.
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startNginx } from '../support/nginx.ts'
import { openConnection, requestHead } from '../support/raw-connection.ts'
import { form, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const CONNECTIONS = 100
/** Between two requests of a burst. */
const STAGGER_MS = 0.4
/** Node's default of 5 s, and the second that it adds. */
const NODE_CLOSES_MS = 6010
/** The first burst is slow, and leaves connections whose idle times differ much. */
const WARM_UP_MS = 200
/** As a rule, the first attempt sees a 502. */
const LONGEST_CONTROL = 8

const BUSY_MS = 20

/** A busy process: while it works, requests arrive on connections that it closes next. */
let work: NodeJS.Timeout
before(() => {
  work = setInterval(() => {
    const endsAtMs = performance.now() + BUSY_MS
    while (performance.now() < endsAtMs);
  }, 2 * BUSY_MS)
})
after(() => clearInterval(work))

interface Setup {
  /** The server's default if absent. */
  readonly keepAliveSeconds?: number
  /** The sample's value if absent. */
  readonly proxyKeepsMs?: number
}

/** A server behind nginx. */
async function open(t: TestContext, { keepAliveSeconds, proxyKeepsMs }: Setup) {
  const connections = keepAliveSeconds === undefined ? {} : { keepAliveSeconds }
  const server = await startTestServer({ connections })
  t.after(server.close)
  const port = Number(new URL(server.issuer).port)
  const nginx = await startNginx([port, port], {
    keepalive: String(CONNECTIONS),
    ...(proxyKeepsMs && { keepalive_timeout: `${proxyKeepsMs}ms` }),
    proxy_next_upstream: 'off',
    // The sample answers 503 instead of 502.
    error_page: '504 =503 @unavailable',
  })
  t.after(nginx.close)
  return { server, nginx }
}

/** When the server closes an idle connection. */
async function measureIdleMs(origin: string): Promise<number> {
  // The first response of a server is slow.
  await send(`${origin}/livez`)
  const connection = await openConnection(origin)
  connection.socket.write(requestHead('GET /livez'))
  return connection.closed
}

/**
 * Sends a burst of requests, and another after each pause. nginx first uses the connection that was used last, so a
 * burst meets connections whose idle times are spread evenly around the pause.
 * @returns how many requests got which status
 */
async function sendBursts(url: string, pausesMs: readonly number[]) {
  const statuses: Record<number, number> = {}
  const post = async (n: number): Promise<void> => {
    await sleep(n * STAGGER_MS)
    const body = form({ grant_type: 'refresh_token' })
    const { status } = await send(`${url}/token`, { body })
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  for (const pauseMs of [...pausesMs, 0]) {
    const pause = sleep(pauseMs)
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => post(n)))
    await pause
  }
  return statuses
}

describe('requests on connections that were idle', { concurrency: true }, () => {
  test('by default, the sample proxy never meets a connection that the server closes', async (t) => {
    const { nginx } = await open(t, {})
    const pausesMs = [WARM_UP_MS, NODE_CLOSES_MS, NODE_CLOSES_MS]
    assert.deepEqual(await sendBursts(nginx.url, pausesMs), { 400: 4 * CONNECTIONS })
  })

  // Two seconds and 1.6 instead of 75 and 60.
  test('a proxy that keeps connections for 60/75 of the server’s time never gets a 502', async (t) => {
    const { server, nginx } = await open(t, { keepAliveSeconds: 1, proxyKeepsMs: 1600 })
    const idleMs = await measureIdleMs(server.issuer)
    const statuses = await sendBursts(nginx.url, [1600, idleMs, 1600, idleMs, 1600, idleMs])
    assert.deepEqual(statuses, { 400: 7 * CONNECTIONS })
  })

  test('control: a proxy that keeps connections for longer than the server gets 502s', async (t) => {
    const { server, nginx } = await open(t, { keepAliveSeconds: 0.1 })
    for (let left = LONGEST_CONTROL; left > 0; left -= 1) {
      const idleMs = await measureIdleMs(server.issuer)
      const statuses = await sendBursts(
        nginx.url,
        [-30, -10, 10].map((offsetMs) => idleMs + offsetMs),
      )
      t.diagnostic(JSON.stringify(statuses))
      if (statuses[502]) return
    }
    assert.fail(`no 502 in ${LONGEST_CONTROL} attempts`)
  })
})
