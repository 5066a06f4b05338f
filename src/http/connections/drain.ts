// How the server stops: for a while it goes on serving, although /readyz answers 503. Then it accepts no more
// connections, and finishes the requests that have arrived.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as nextPoll, setTimeout as sleep } from 'node:timers/promises'
import type { Listeners } from './listeners.ts'

/** How long a connection without a request may stay after the server stopped accepting. */
const SILENT_MS = 1000
const ARRIVED_MS = 1000

export interface Drain {
  /** Resolves when every connection is closed. The caller has already made /readyz answer 503. */
  drain(options: {
    listeners: Listeners
    delaySeconds: number
    drainSeconds: number
  }): Promise<void>
}

/** Call it before the server listens: it follows every connection. */
export function createDrain(server: Server): Drain {
  const sockets = new Set<Socket>()
  let accepted = 0
  server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  function closeSilent(): void {
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Accepts the connections and reads the requests that have reached this machine: libuv accepts one per poll. */
  async function readArrived(): Promise<void> {
    const endsAtMs = performance.now() + ARRIVED_MS
    let before: number
    do {
      before = accepted
      await nextPoll()
    } while (accepted > before && performance.now() < endsAtMs)
  }

  return {
    async drain({ listeners, delaySeconds, drainSeconds }) {
      await sleep(delaySeconds * 1000)
      // Closing the listening socket resets the connections that were not accepted, and idle ones close too.
      await readArrived()
      const closed = listeners.close()
      // It would wait for clients that keep their connection open after the last response.
      const closingIdle = setInterval(() => server.closeIdleConnections(), 50)
      const closingSilent = setTimeout(closeSilent, SILENT_MS)
      const closingAll = setTimeout(() => server.closeAllConnections(), drainSeconds * 1000)
      await closed
      clearInterval(closingIdle)
      clearTimeout(closingSilent)
      clearTimeout(closingAll)
    },
  }
}
