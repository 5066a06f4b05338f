// One request as it stands: no redirect followed, any header allowed, the whole answer kept.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Status line, every header and the body, to search for what must not be in an answer. */
  readonly raw: string
}

export interface SendOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** URLSearchParams go as a form, other objects as JSON, unless `headers` say otherwise. */
  readonly body?: string | Buffer | URLSearchParams | object
  /** Without a length ahead. */
  readonly isChunked?: boolean
}

function encode(
  body: SendOptions['body'],
): { type?: string; content: string | Buffer } | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { content: body }
  if (body instanceof URLSearchParams) {
    return { type: 'application/x-www-form-urlencoded', content: body.toString() }
  }
  return { type: 'application/json', content: JSON.stringify(body) }
}

export async function send(url: string | URL, sending: SendOptions = {}): Promise<Answer> {
  const encoded = encode(sending.body)
  const headers = {
    ...(encoded?.type && { 'content-type': encoded.type }),
    ...(encoded &&
      !sending.isChunked && { 'content-length': String(Buffer.byteLength(encoded.content)) }),
    ...sending.headers,
  }
  const method = sending.method ?? (encoded ? 'POST' : 'GET')
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers }, (response) => {
      text(response).then((body) => {
        const received = new Headers()
        const { rawHeaders } = response
        for (let i = 0; i < rawHeaders.length; i += 2) {
          received.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
        }
        const status = response.statusCode ?? 0
        const lines = [`${status} ${response.statusMessage}`, ...rawHeaders, '', body]
        resolve({ status, headers: received, body, raw: lines.join('\n') })
      }, reject)
    })
    asking.on('error', reject)
    // Node adds the length of a body that it knows before the headers are gone.
    if (sending.isChunked) asking.flushHeaders()
    asking.end(encoded?.content)
  })
}

/** The body as a JSON object; throws when it is none. */
export function jsonOf({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body)
}

export function form(fields: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(fields)
}

export function basic(id: string, secret: string): string {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
