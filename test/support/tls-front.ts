// TLS in front of an http server on loopback.
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer } from 'node:tls'
import type { TestCertificate } from './certificate.ts'

export async function startTlsFront(
  certificate: TestCertificate,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Duplex>()
  const front = createServer(certificate, (client) => {
    const server = connect(port, '127.0.0.1')
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.pipe(server).pipe(client)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  return {
    port: (front.address() as AddressInfo).port,
    async close() {
      const closed = once(front, 'close')
      front.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
