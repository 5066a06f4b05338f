// A proxy that opens tunnels (CONNECT, RFC 9110 §9.3.6). It leads every host to a port of this machine, as a
// proxy leads to the internet, and records what it was asked for.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestCertificate } from './certificate.ts'

type Answer = (client: Duplex) => void

export interface ConnectProxy {
  readonly url: string
  readonly port: number
  /** The targets, `host:port`, in order. */
  readonly targets: readonly string[]
  /** The Proxy-Authorization headers, in order. */
  readonly credentials: readonly (string | undefined)[]
  /** How many connections are open, tunnels included. */
  readonly open: number
  /** Its answer to the next requests. Undefined: it opens the tunnels. */
  answer: Answer | undefined
  close(): Promise<void>
}

/**
 * @param options.portOf where a host is on this machine; undefined: it answers 502, as if DNS did not know it
 * @param options.certificate for a proxy that speaks TLS itself
 */
export async function startConnectProxy(options: {
  portOf: (hostname: string) => number | undefined
  certificate?: TestCertificate
}): Promise<ConnectProxy> {
  const { portOf, certificate } = options
  const targets: string[] = []
  const credentials: (string | undefined)[] = []
  const sockets = new Set<Duplex>()
  const track = (socket: Duplex) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  function openTunnel(client: Duplex, hostname: string, head: Buffer): void {
    const port = portOf(hostname)
    if (port === undefined) {
      refuseWith(502)(client)
      return
    }
    const site = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      site.write(head)
      site.pipe(client).pipe(site)
    })
    track(site)
    site.on('close', () => client.destroy())
    client.on('close', () => site.destroy())
  }

  const server = certificate ? createTlsServer(certificate) : createServer()
  server.on('connection', track)
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const { url: target = '', headers } = request
    targets.push(target)
    credentials.push(headers['proxy-authorization'])
    client.on('error', () => {})
    // An http server lets its end stay open when the client has closed the other one.
    client.on('end', () => client.end())
    if (proxy.answer) proxy.answer(client)
    else openTunnel(client, target.replace(/:\d+$/, ''), head)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: ConnectProxy = {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    targets,
    credentials,
    get open() {
      return sockets.size
    },
    answer: undefined,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return proxy
}

/** Refuses every request with a status. */
export const refuseWith =
  (status: number): Answer =>
  (client) =>
    void client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`)

/** Leaves every request without an answer. */
export const hang: Answer = (client) => void client.resume()
