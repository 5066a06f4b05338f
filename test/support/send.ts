// A single raw request: it follows no redirect, allows any header, and returns the whole answer.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** The status line, every header and the body, to search for text that an answer must not contain. */
  readonly raw: string
}

export interface SendOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** URLSearchParams are sent as a form, other objects as JSON, unless `headers` set a type. */
  readonly body?: string | Buffer | URLSearchParams | object
  /** Sends the body in chunks, without a Content-Length. */
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

export async function send(url: string | URL, options: SendOptions = {}): Promise<Answer> {
  const encoded = encode(options.body)
  const headers = {
    ...(encoded?.type && { 'content-type': encoded.type }),
    ...(encoded &&
      !options.isChunked && { 'content-length': String(Buffer.byteLength(encoded.content)) }),
    ...options.headers,
  }
  const method = options.method ?? (encoded ? 'POST' : 'GET')
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (response) => {
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
    outgoing.on('error', reject)
    // Node adds a Content-Length if it has the body before it sends the headers.
    if (options.isChunked) outgoing.flushHeaders()
    outgoing.end(encoded?.content)
  })
}

/** The body, parsed as JSON. */
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
