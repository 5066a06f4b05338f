// Stands at the issuer's origin and hands each request to the replica that a test names, as a load
// balancer would. It sees every answer that a client or a browser gets.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../../scripts/dev/listen.ts'

export interface FrontAnswer {
  readonly method: string
  readonly path: string
  readonly requestBody: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly durationMs: number
  /** The place of the server in `targets`. */
  readonly target: number
}

export interface Front {
  /** `http://localhost:PORT` */
  readonly url: string
  /** The ports of the servers behind it. */
  targets: readonly number[]
  /** Which of them gets a request; at first round robin. */
  pick: (request: IncomingMessage) => number
  onAnswer: (answer: FrontAnswer) => void
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
    async close() {
      await close()
      agent.destroy()
    },
  }

  async function forward(asked: IncomingMessage) {
    const startedAtMs = performance.now()
    const body = await buffer(asked)
    const target = front.pick(asked)
    const { method = 'GET', url: path = '/', headers } = asked
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const port = front.targets[target]
    const options = { host: '127.0.0.1', port, method, path, headers, agent }
    request(options, resolve).on('error', reject).end(body)
    const response = await promise
    const answered = await buffer(response)
    front.onAnswer({
      method,
      path,
      requestBody: body.toString(),
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: answered.toString(),
      durationMs: performance.now() - startedAtMs,
      target,
    })
    return { response, answered }
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
