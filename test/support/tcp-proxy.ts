// Stands before a Redis and counts what passes: which commands, and how often someone waited. It can hold
// answers back.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TcpProxy {
  readonly url: string
  /** Name and arguments, in order of arrival; the client's own PINGs that keep a connection alive are left out. */
  readonly commands: readonly (readonly string[])[]
  /** Bursts of commands that were followed by an answer. Those of one tick are one burst. */
  readonly roundTrips: number
  /** Chunks that came from the client: writes, as far as the kernel kept them apart. */
  readonly writes: number
  /** How long each answer is held back; 0 at first. */
  delayMs: number
  reset(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { port: number }): Promise<TcpProxy> {
  let commands: string[][] = []
  let roundTrips = 0
  let writes = 0
  let delayMs = 0
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const upstream = connect(target.port, '127.0.0.1')
    const read = createCommandReader()
    let isWaiting = false
    let held = Promise.resolve()
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => {
      const arrived = read(chunk).filter(([name]) => name?.toUpperCase() !== 'PING')
      commands.push(...arrived)
      if (arrived.length > 0) writes += 1
      if (arrived.length > 0 && !isWaiting) {
        isWaiting = true
        roundTrips += 1
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      isWaiting = false
      // One behind the other, also when the delay has changed meanwhile.
      const due = delayMs > 0 ? sleep(delayMs) : undefined
      held = held.then(() => due).then(() => void client.write(chunk))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')

  return {
    url: `redis://127.0.0.1:${address.port}`,
    get commands() {
      return commands
    },
    get roundTrips() {
      return roundTrips
    },
    get writes() {
      return writes
    },
    get delayMs() {
      return delayMs
    },
    set delayMs(ms) {
      delayMs = ms
    },
    reset() {
      commands = []
      roundTrips = 0
      writes = 0
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** @returns the commands that each chunk completes: RESP arrays of bulk strings */
function createCommandReader(): (chunk: Buffer) => string[][] {
  // One character a byte, so that RESP's lengths are lengths of the text.
  let text = ''
  return (chunk) => {
    text += chunk.toString('latin1')
    const commands: string[][] = []
    for (let command = parseCommand(text); command; command = parseCommand(text)) {
      commands.push(command.parts)
      text = text.slice(command.end)
    }
    return commands
  }
}

function parseCommand(text: string): { parts: string[]; end: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(text) ?? []
  if (head === undefined) return undefined
  const parts: string[] = []
  let end = head.length
  for (let n = 0; n < Number(count); n += 1) {
    const lineEnd = text.indexOf('\r\n', end)
    if (lineEnd === -1) return undefined
    const start = lineEnd + 2
    end = start + Number(text.slice(end + 1, lineEnd)) + 2
    if (end > text.length) return undefined
    parts.push(Buffer.from(text.slice(start, end - 2), 'latin1').toString())
  }
  return { parts, end }
}
