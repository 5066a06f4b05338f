// A TCP connection on which a test sends bytes of its choice, at a pace of its choice.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawConnection {
  readonly socket: Socket
  /** The bytes that the server has sent so far. */
  readonly received: string
  /** Resolves when the connection is closed, with the time since it was opened. */
  readonly closed: Promise<number>
  /** Sends the parts, one every `everyMs`, until the last or until the connection is closed. */
  trickle(parts: Iterable<string>, everyMs: number): void
}

/** @param options.isHostile goes on writing after the server has closed its half */
export async function openConnection(
  origin: string,
  { isHostile = false } = {},
): Promise<RawConnection> {
  const port = Number(new URL(origin).port)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isHostile })
  const openedAtMs = performance.now()
  let received = ''
  // A reset is one way to be closed.
  socket.on('error', () => {})
  socket.setEncoding('latin1').on('data', (text: string) => (received += text))
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(performance.now() - openedAtMs))
  })
  await once(socket, 'connect')
  return {
    socket,
    get received() {
      return received
    },
    closed,
    trickle(parts, everyMs) {
      const left = parts[Symbol.iterator]()
      const timer = setInterval(() => {
        const { done, value } = left.next()
        if (done || !socket.writable) clearInterval(timer)
        else socket.write(value)
      }, everyMs)
      socket.once('close', () => clearInterval(timer))
    },
  }
}

/** A request's head, with its empty line. */
export function requestHead(line: string, headers: Readonly<Record<string, string>> = {}): string {
  const fields = Object.entries({ host: 'localhost', ...headers })
  return [`${line} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
}
