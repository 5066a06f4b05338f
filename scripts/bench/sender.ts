// The requests of the load: over kept connections, with as little work on this side as possible.
import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: string
}

export interface Sender {
  get(path: string): Promise<Answer>
  postForm(
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Answer>
  postJson(path: string, body: unknown): Promise<Answer>
  close(): void
}

/** @param issuer an origin on this machine */
export function createSender(issuer: string): Sender {
  const { host, port } = new URL(issuer)
  const agent = new Agent({ keepAlive: true })

  function send(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const outgoing = request({
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { host, ...length, ...headers },
      })
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      outgoing.end(body)
    })
  }

  return {
    get: (path) => send('GET', path),
    postForm: (path, form, headers) =>
      send('POST', path, new URLSearchParams(form).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      }),
    postJson: (path, body) =>
      send('POST', path, JSON.stringify(body), { 'content-type': 'application/json' }),
    close: () => agent.destroy(),
  }
}
