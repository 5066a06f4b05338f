// The sockets that listen for connections. libuv accepts one connection of each in a turn of the event loop, and the
// turns of a busy server are long: with a single socket, the last of 500 new connections waits for seconds, and a health
// check among them. So several sockets share the port (SO_REUSEPORT), where the system can do that.
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'

const SOCKETS = 16

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Listeners {
  /** Accepts no more connections. Resolves when all that were accepted are closed. */
  close(): Promise<void>
}

/**
 * @param options.isShared whether other processes listen with this one, and the system spreads connections already
 * @throws Error if the port is taken
 */
export async function listen(
  server: HttpServer,
  address: Address,
  options: { isShared: boolean },
): Promise<Listeners> {
  const isSpread = process.platform === 'linux' && !options.isShared
  // Another process of the same user could share the port too, so one socket asks for it alone first.
  if (isSpread) await open(createServer(), address).then(close)
  await open(server, isSpread ? { ...address, reusePort: true } : address)
  const others = isSpread ? await openOthers(server, address) : []
  return {
    close: async () => void (await Promise.all([server, ...others].map(close))),
  }
}

async function openOthers(server: HttpServer, { host }: Address): Promise<Server[]> {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
  const limit = server.maxConnections
  let all = 0
  let ofOthers = 0
  server.on('connection', (socket) => {
    all += 1
    socket.once('close', () => {
      all -= 1
    })
  })
  const others = Array.from({ length: SOCKETS - 1 }, () =>
    // As an http server opens its own sockets.
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      // `maxConnections` is a limit on all of them together.
      if (all >= limit) {
        socket.destroy()
        server.emit('drop')
        return
      }
      ofOthers += 1
      server.maxConnections = limit - ofOthers
      socket.once('close', () => {
        ofOthers -= 1
        server.maxConnections = limit - ofOthers
      })
      server.emit('connection', socket)
    }),
  )
  const address = { host, port: bound.port, reusePort: true }
  await Promise.all(others.map((other) => open(other, address)))
  return others
}

async function open<S extends Server>(
  server: S,
  address: Address & { reusePort?: boolean },
): Promise<S> {
  server.listen(address)
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await closed
}
