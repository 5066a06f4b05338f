// A TCP proxy whose connections can stall: they stay open without another answer, as if the host behind
// them had vanished.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface StallingProxy {
  readonly port: number
  /** How many connections it has accepted so far. */
  readonly accepted: number
  /** While true, open and new connections stall. A connection that has stalled never recovers. */
  isStalling: boolean
  close(): Promise<void>
}

/** @param options.isMutual if true, the target does not hear from a stalled connection either, as if a cable were cut */
export async function startStallingProxy(
  target: { port: number },
  { isMutual = false } = {},
): Promise<StallingProxy> {
  const sockets = new Set<Socket>()
  const stalled = new Set<Socket>()
  let accepted = 0
  let isStalling = false

  const server = createServer((client) => {
    const upstream = connect(target.port, '127.0.0.1')
    accepted += 1
    if (isStalling) stalled.add(client)
    sockets.add(client).add(upstream)
    for (const socket of [client, upstream]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        const isUnheard = isMutual && stalled.has(client)
        for (const end of isUnheard ? [] : [client, upstream]) end.destroy()
        sockets.delete(socket)
        if (!isUnheard) stalled.delete(socket)
      })
    }
    client.on('data', (chunk) => {
      if (!isMutual || !stalled.has(client)) upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!stalled.has(client)) client.write(chunk)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')

  return {
    port: address.port,
    get accepted() {
      return accepted
    },
    get isStalling() {
      return isStalling
    },
    set isStalling(value) {
      isStalling = value
      if (value) for (const socket of sockets) stalled.add(socket)
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
