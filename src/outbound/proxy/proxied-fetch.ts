// The fetch for the upstream, which the operator has named: through the proxy, unless NO_PROXY excepts the
// host. It is not for URLs of strangers; ../guarded-fetch.ts is.
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Duplex } from 'node:stream'
import { Readable } from 'node:stream'
import type { ProxySettings } from '../../config/proxy/https-proxy.ts'
import { createExceptionCheck } from './proxy-exceptions.ts'
import { openTunnel, secureTunnel } from './proxy-tunnel.ts'

/** Like the global `fetch` with `redirect: 'manual'`. */
export type ProxiedFetch = (url: string, init: RequestInit) => Promise<Response>

/** @param proxy for https; the configuration allows plain http only for loopback hosts */
export function createProxiedFetch(proxy: ProxySettings | undefined): ProxiedFetch {
  const isExcepted = createExceptionCheck(proxy?.exceptions ?? [])
  return async (url, init) => {
    const { protocol, hostname, port } = new URL(url)
    const target = { hostname, port: Number(port || 443) }
    if (!proxy || protocol !== 'https:' || isExcepted(target)) {
      return fetch(url, init)
    }
    const request = new Request(url, init)
    const body = Buffer.from(await request.arrayBuffer())
    // The signal of a Request follows that of `init` only until the Request is collected as garbage.
    const { signal } = init
    const tunnel = await openTunnel(proxy.server, target, signal ?? undefined)
    return send(request, { body, signal, connection: secureTunnel(tunnel, hostname) })
  }
}

interface Sending {
  readonly body: Buffer
  readonly signal: AbortSignal | null | undefined
  readonly connection: Duplex
}

function send(
  { url, method, headers }: Request,
  { body, signal, connection }: Sending,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = requestHttps(url, {
      method,
      headers: {
        ...Object.fromEntries(headers),
        // Without an agent, Node would add port 80.
        host: new URL(url).host,
        'accept-encoding': 'identity',
      },
      ...(signal && { signal }),
      createConnection: () => connection,
    })
    request.on('error', reject)
    request.once('response', (response) => resolve(toResponse(response)))
    request.end(body)
  })
}

/** Statuses whose Response may not have a body (Fetch Standard, "null body status"). */
const WITHOUT_BODY = [101, 103, 204, 205, 304]

function toResponse(response: IncomingMessage): Response {
  const { statusCode = 0, headersDistinct } = response
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const body = WITHOUT_BODY.includes(statusCode) ? null : Readable.toWeb(response)
  return new Response(body as ReadableStream | null, { status: statusCode, headers }) // two declarations of one class
}
