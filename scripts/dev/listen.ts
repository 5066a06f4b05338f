import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ListeningServer {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens before there is a handler, so that a caller who asks for port 0 can build a handler with the
 * server's own URL. The caller adds it with `server.on('request', …)`, with no `await` in between.
 */
export async function listen({
  port,
  host,
  server = createServer(),
}: {
  port: number
  host: string
  server?: Server
}): Promise<ListeningServer> {
  server.listen(port, host)
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      // Clients keep connections alive. Waiting for these to time out would block every test.
      server.closeAllConnections()
      await closed
    },
  }
}
