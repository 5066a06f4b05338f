// A tunnel through the proxy (RFC 9110 §9.3.6), and TLS to the upstream through that tunnel. For the hosts of strangers,
// ../secure-connection.ts limits what arrives.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ProxyServer } from '../../config/proxy/https-proxy.ts'
import { withoutBrackets } from '../../ip-address.ts'
import type { HostAndPort } from './proxy-exceptions.ts'

const MAX_HEADER_BYTES = 8 * 1024

/** The proxy gave no tunnel. The message never has its URL, which may contain credentials. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
}

/**
 * @param signal applies until the tunnel is open. The caller closes the tunnel
 * @throws ProxyError
 */
export function openTunnel(
  proxy: ProxyServer,
  { hostname, port }: HostAndPort,
  signal: AbortSignal | undefined,
): Promise<Duplex> {
  const { authorization } = proxy
  const target = `${hostname}:${port}`
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
      host: proxy.hostname,
      port: proxy.port,
      // Node would take it from the Host header, which names the target.
      servername: toServerName(proxy.hostname),
      method: 'CONNECT',
      path: target,
      headers: {
        host: target,
        ...(authorization !== undefined && { 'proxy-authorization': authorization }),
      },
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      ...(signal && { signal }),
    })
    request.on('error', (cause) =>
      reject(new ProxyError('cannot connect to the proxy (HTTPS_PROXY)', { cause })),
    )
    request.once('connect', ({ statusCode = 0 }, tunnel: Duplex, head: Buffer) => {
      // A TLS server never speaks first.
      if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(tunnel)
      tunnel.destroy()
      return reject(new ProxyError(`the proxy (HTTPS_PROXY) answered ${statusCode} to CONNECT`))
    })
    request.end()
  })
}

/** @param hostname as in `URL.hostname`: the name in the certificate of the host at the end of the tunnel */
export function secureTunnel(tunnel: Duplex, hostname: string): Duplex {
  const host = withoutBrackets(hostname)
  return connectTls({ socket: tunnel, host, servername: toServerName(host) })
}

/** RFC 6066 §3: an address is not sent as server name. The certificate must have it all the same. */
const toServerName = (host: string) => (isIP(host) === 0 ? host : '')
