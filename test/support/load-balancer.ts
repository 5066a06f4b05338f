// A load balancer at the issuer's origin that sends each request to the replica that a test picks. It
// reports every answer that a client or browser gets, and every answer that breaks off.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../../scripts/dev/listen.ts'

interface ForwardedRequest {
  readonly method: string
  readonly path: string
  readonly requestBody: string
  /** The index of the server in `targets`. */
  readonly target: number
}

export interface ForwardedAnswer extends ForwardedRequest {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly durationMs: number
}

/** An answer that never arrived, or arrived only in part. */
export interface BrokenAnswer extends ForwardedRequest {
  readonly error: unknown
  readonly durationMs: number
}

/** Longer than any server may take. */
const TIMEOUT_MS = 20_000

export interface LoadBalancer {
  /** `http://localhost:PORT` */
  readonly url: string
  /** The ports of the servers that it balances. */
  targets: readonly number[]
  /** Picks the index of the server for a request; round robin by default. */
  pick: (request: IncomingMessage) => number
  onAnswer: (answer: ForwardedAnswer) => void
  onBroken: (answer: BrokenAnswer) => void
  close(): Promise<void>
}

export async function startLoadBalancer(): Promise<LoadBalancer> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  // The server may just have closed a connection that is kept alive.
  const agent = new Agent({ keepAlive: false })
  let turn = 0
  const loadBalancer: LoadBalancer = {
    url: `http://localhost:${port}`,
    targets: [],
    pick: () => turn++ % loadBalancer.targets.length,
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
    const port = loadBalancer.targets[target]
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const options = { host: '127.0.0.1', port, method, path, headers, agent, signal }
    request(options, resolve).on('error', reject).end(body)
    const response = await promise
    return { response, answered: await buffer(response) }
  }

  async function forward(asked: IncomingMessage) {
    const startedAtMs = performance.now()
    const body = await buffer(asked)
    const { method = 'GET', url: path = '/' } = asked
    const seen = { method, path, requestBody: body.toString(), target: loadBalancer.pick(asked) }
    try {
      const { response, answered } = await fetchAnswer(asked, body, seen.target)
      loadBalancer.onAnswer({
        ...seen,
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: answered.toString(),
        durationMs: performance.now() - startedAtMs,
      })
      return { response, answered }
    } catch (error) {
      loadBalancer.onBroken({ ...seen, error, durationMs: performance.now() - startedAtMs })
      throw error
    }
  }

  server.on('request', (asked, answer) => {
    forward(asked).then(
      ({ response, answered }) => {
        const { connection: _, 'transfer-encoding': __, ...headers } = response.headers
        answer.writeHead(response.statusCode ?? 0, headers).end(answered)
      },
      // As without a load balancer: the connection breaks.
      () => answer.destroy(),
    )
  })
  return loadBalancer
}
