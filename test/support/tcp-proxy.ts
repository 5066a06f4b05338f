// A proxy in front of a Redis that records the commands and counts the round trips. It can delay answers.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TcpProxy {
  readonly url: string
  /** Names and arguments, in order of arrival, without the client's own keep-alive PINGs. */
  readonly commands: readonly (readonly string[])[]
  /** Bursts of commands that were followed by an answer. The commands of one tick are one burst. */
  readonly roundTrips: number
  /** Chunks from the client: its writes, unless the kernel merged them. */
  readonly writes: number
  /** The delay of each answer; 0 by default. */
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
      // In order, even if the delay has changed in the meantime.
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
  // One character per byte, so that the lengths in RESP are string lengths.
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
