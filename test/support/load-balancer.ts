// Stands at the issuer's origin and hands each request to the replica that a test names, as a load
// balancer would. It sees every answer that a client or a browser gets, and every one that breaks.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../../scripts/dev/listen.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly requestBody: string
  /** The place of the server in `targets`. */
  readonly target: number
}

export interface FrontAnswer extends Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly durationMs: number
}

/** An answer that did not come, or not whole. */
export interface BrokenAnswer extends Asked {
  readonly error: unknown
  readonly durationMs: number
}

/** Longer than any server may take. */
const PATIENCE_MS = 20_000

export interface Front {
  /** `http://localhost:PORT` */
  readonly url: string
  /** The ports of the servers behind it. */
  targets: readonly number[]
  /** Which of them gets a request; at first round robin. */
  pick: (request: IncomingMessage) => number
  onAnswer: (answer: FrontAnswer) => void
  onBroken: (answer: BrokenAnswer) => void
  close(): Promise<void>
}

export async function startFront(): Promise<Front> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  // A kept connection may be one that its server has just closed.
  const agent = new Agent({ keepAlive: false })
  let turn = 0
  const front: Front = {
    url: `http://localhost:${port}`,
    targets: [],
    pick: () => turn++ % front.targets.length,
    onAnswer: () => {},
    onBroken: () => {},
    async close() {
      await close()
      agent.destroy()
    },
  }

  async function fetchAnswer(asked: IncomingMessage, body: Buffer, target: number) {
    const { method, url: path, headers } = asked
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const port = front.targets[target]
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const options = { host: '127.0.0.1', port, method, path, headers, agent, signal }
    request(options, resolve).on('error', reject).end(body)
    const response = await promise
    return { response, answered: await buffer(response) }
  }

  async function forward(asked: IncomingMessage) {
    const startedAtMs = performance.now()
    const body = await buffer(asked)
    const { method = 'GET', url: path = '/' } = asked
    const seen = { method, path, requestBody: body.toString(), target: front.pick(asked) }
    try {
      const { response, answered } = await fetchAnswer(asked, body, seen.target)
      front.onAnswer({
        ...seen,
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: answered.toString(),
        durationMs: performance.now() - startedAtMs,
      })
      return { response, answered }
    } catch (error) {
      front.onBroken({ ...seen, error, durationMs: performance.now() - startedAtMs })
      throw error
    }
  }

  server.on('request', (asked, answer) => {
    forward(asked).then(
      ({ response, answered }) => {
        const { connection: _, 'transfer-encoding': __, ...headers } = response.headers
        answer.writeHead(response.statusCode ?? 0, headers).end(answered)
      },
      // As it is without a front: the connection breaks.
      () => answer.destroy(),
    )
  })
  return front
}
