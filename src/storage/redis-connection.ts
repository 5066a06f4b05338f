// One connection to Redis that outlives every outage: it is never given up, and never waited for.

import { createClient } from '@keyv/redis'
import { withDeadline } from '../deadline.ts'

const RECONNECT_MAX_MS = 1000

export interface RedisConnection {
  readonly client: ReturnType<typeof createPersistentClient>
  /** Give up a connection on which a command was not answered in time, and make a new one. */
  replace(): void
  close(): Promise<void>
}

interface RedisConnectionOptions {
  url: string
  deadlineMs: number
  /** Told once per outage, not once per attempt. */
  onError: (error: Error) => void
}

/** Resolves when Redis is there or has failed once, at the latest after the deadline. */
export async function openRedisConnection(
  options: RedisConnectionOptions,
): Promise<RedisConnection> {
  const { url, deadlineMs, onError } = options
  let isClosed = false
  let isDown = false

  const client = createPersistentClient(url, deadlineMs, () => isClosed)
  const settled = Promise.withResolvers<void>()
  client.on('error', (error: Error) => {
    settled.resolve()
    if (isDown || isClosed) return
    isDown = true
    onError(error)
  })
  client.on('ready', () => {
    settled.resolve()
    isDown = false
    // close() came while the connection was being made: the client has no way to stop that.
    if (isClosed) client.destroy()
  })

  // Fails only after close(), when the strategy gives up. Called before Keyv can: from a client that
  // is not open KeyvRedis connects by itself, and waits until Redis is there.
  const connect = (): void => void client.connect().catch(() => {})
  connect()
  const timer = setTimeout(settled.resolve, deadlineMs)
  await settled.promise
  clearTimeout(timer)

  return {
    client,
    replace() {
      // Not ready means that the client is at it already; a second loop beside its own would leak.
      if (isClosed || !client.isReady) return
      client.destroy()
      connect()
    },
    async close() {
      if (isClosed) return
      isClosed = true
      client.unref()
      if (!client.isReady) return
      // Answered after everything in flight. client.close() would wait for that too, but for ever
      // when Redis is paused, and can't be cut short: a client that is closing refuses destroy().
      await withDeadline(client.ping(), deadlineMs).catch(() => {})
      if (client.isOpen) client.destroy()
    },
  }
}

function createPersistentClient(url: string, deadlineMs: number, isClosed: () => boolean) {
  return createClient({
    url,
    // A command of an outage is answered with an error at once, not kept for later.
    disableOfflineQueue: true,
    // Finds a dead peer while nobody asks anything; the pings keep an idle connection from timing out.
    pingInterval: Math.ceil(deadlineMs / 3),
    socket: {
      connectTimeout: deadlineMs,
      // Without it a paused Redis, which accepts connections and never greets, would hold us for ever.
      socketTimeout: deadlineMs,
      reconnectStrategy: (retries) => (isClosed() ? false : backoffMs(retries)),
    },
  })
}

function backoffMs(retries: number): number {
  const ceilingMs = Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MAX_MS)
  // Jitter: replicas that lost the same Redis must not come back in step.
  return Math.round(ceilingMs * (0.5 + Math.random() / 2))
}
