// The web on which clients publish their documents: one TLS server on loopback that plays every host,
// and a DNS resolver and a dialler that lead there. The checks in between are those of the real fetch.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import type { OutboundOverrides } from '../../src/outbound/dialler.ts'
import type { ConnectionTarget } from '../../src/outbound/secure-connection.ts'
import { createCertificate } from './certificate.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Published {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON. */
  readonly body?: unknown
}

export interface DocumentServer {
  readonly port: number
  /** The overrides for `compose`. */
  readonly outbound: Required<OutboundOverrides>
  /** Every connection that the checks allowed, in order. */
  readonly targets: readonly ConnectionTarget[]
  /** The requested URLs, in order. */
  readonly requests: readonly string[]
  /** The number of requests for a URL. */
  count(url: string): number
  publish(url: string, published: Published | Handler): void
  withdraw(url: string): void
  close(): Promise<void>
}

/** A public address. Nothing here connects to it. */
export const PUBLIC_ADDRESS = '93.184.215.14'

/** @param certificate one that the process trusts, if the server is reached without the overrides */
export async function startDocumentServer(
  hosts: readonly string[],
  certificate = createCertificate(hosts),
): Promise<DocumentServer> {
  const pages = new Map<string, Published | Handler>()
  const requests: string[] = []
  const targets: ConnectionTarget[] = []
  const server = createServer(certificate, (request, response) => {
    const url = `https://${request.headers.host}${request.url}`
    requests.push(url)
    const page = pages.get(url) ?? { status: 404, body: 'nothing here' }
    if (typeof page === 'function') return page(request, response)
    const { status = 200, headers = {}, body = '' } = page
    const isText = typeof body === 'string' || Buffer.isBuffer(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(isText ? body : JSON.stringify(body))
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    targets,
    requests,
    count: (url) => requests.filter((requested) => requested === url).length,
    outbound: {
      resolve: async () => [{ address: PUBLIC_ADDRESS, family: 4 }],
      connect(target) {
        targets.push(target)
        const { hostname: servername } = target
        return connect({ host: '127.0.0.1', port, servername, ca: certificate.cert })
      },
    },
    publish: (url, published) => void pages.set(url, published),
    withdraw: (url) => void pages.delete(url),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
