// HTTPS_PROXY: the proxy through which the server opens https connections. no-proxy.ts has its exceptions.
import { z } from 'zod'
import { withoutBrackets } from '../../ip-address.ts'
import type { ProxyException } from './no-proxy.ts'

/** A proxy that opens tunnels (RFC 9110 §9.3.6). */
export interface ProxyServer {
  readonly protocol: 'http:' | 'https:'
  /** An IPv6 address has no brackets. */
  readonly hostname: string
  readonly port: number
  /** The value of Proxy-Authorization. Undefined: the URL has no credentials. */
  readonly authorization: string | undefined
}

export interface ProxySettings {
  readonly server: ProxyServer
  readonly exceptions: readonly ProxyException[]
}

const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 } as const

function parseProxy(value: string, context: z.RefinementCtx): ProxyServer {
  // As curl does: without a scheme, the proxy speaks http.
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`)
  const authorization = url && readCredentials(url)
  const isOrigin = url && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === ''
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!isOrigin || !isHttp || authorization === null) {
    context.addIssue(
      'must be http://HOST:PORT or https://HOST:PORT (USER:PASSWORD@ before the host, percent-encoded)',
    )
    return z.NEVER
  }
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:'
  return {
    protocol,
    hostname: withoutBrackets(url.hostname),
    port: Number(url.port || DEFAULT_PORTS[protocol]),
    authorization,
  }
}

/** Null: they are not percent-encoded. */
function readCredentials({ username, password }: URL): string | undefined | null {
  if (username === '' && password === '') return undefined
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return `Basic ${Buffer.from(pair).toString('base64')}` // RFC 7617 §2
  } catch {
    return null
  }
}

export const httpsProxy = z.string().transform(parseProxy)
