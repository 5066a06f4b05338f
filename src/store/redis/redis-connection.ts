// One connection to one Redis that outlives every outage: it is never given up, and never waited for.

import { createClient } from '@keyv/redis'
import { DeadlineError, withDeadline } from '../../deadline.ts'
import type { RedisAccess, RedisEndpoint } from './redis-url.ts'

const RECONNECT_MAX_MS = 1000

export type RedisClient = ReturnType<typeof createPersistentClient>
export type RedisCommand<T> = (client: RedisClient) => Promise<T>

export interface RedisConnection {
  readonly endpoint: RedisEndpoint
  /** `ready` after an answer, `connecting` until the first attempt has ended one way or the other. */
  readonly state: 'connecting' | 'ready' | 'down'
  /** Resolves when the first attempt has ended. */
  readonly settled: Promise<void>
  /** Sends at once or not at all, and rejects after the deadline. */
  send<T>(command: RedisCommand<T>): Promise<T>
  close(): Promise<void>
}

export interface RedisConnectionOptions {
  endpoint: RedisEndpoint
  access: RedisAccess
  deadlineMs: number
  /** Each time that it is there (again). */
  onReady: (client: RedisClient) => void
  /** Told once per outage, not once per attempt. */
  onError: (error: Error) => void
}

export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { endpoint, access, deadlineMs, onReady, onError } = options
  const settled = Promise.withResolvers<void>()
  let state: RedisConnection['state'] = 'connecting'
  let isClosed = false

  const client = createPersistentClient(endpoint, access, deadlineMs, () => isClosed)
  const fail = (cause: Error): void => {
    const isNews = state !== 'down'
    state = 'down'
    settled.resolve()
    if (!isNews || isClosed) return
    onError(new Error(`Redis at ${nameEndpoint(endpoint)}: ${cause.message}`, { cause }))
  }
  const succeed = (): void => {
    if (state === 'ready' || isClosed) return
    state = 'ready'
    settled.resolve()
    onReady(client)
  }
  client.on('error', fail)
  client.on('ping-interval', succeed)
  client.on('ready', () => {
    // close() came while the connection was being made: the client has no way to stop that.
    if (isClosed) return client.destroy()
    // A connection is no answer yet: the kernel accepts for a paused Redis, and one that is loading
    // its data, or wants a password, answers nothing else.
    client.ping().then(succeed, fail)
  })

  // Fails only after close(), when the strategy gives up.
  const connect = (): void => void client.connect().catch(() => {})
  connect()

  // What answers one command late blocks the rest of its connection.
  const replace = (): void => {
    // Not ready means that the client is at it already; a second loop beside its own would leak.
    if (isClosed || !client.isReady) return
    client.destroy()
    connect()
  }

  return {
    endpoint,
    get state() {
      return state === 'ready' && !client.isReady ? 'down' : state
    },
    settled: settled.promise,
    async send(command) {
      try {
        return await withDeadline(command(client), deadlineMs)
      } catch (error) {
        if (error instanceof DeadlineError) {
          fail(error)
          replace()
        }
        throw error
      }
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

export function nameEndpoint({ host, port }: RedisEndpoint): string {
  return `${host}:${port}`
}

function createPersistentClient(
  { host, port }: RedisEndpoint,
  { tls, ...access }: RedisAccess,
  deadlineMs: number,
  isClosed: () => boolean,
) {
  const socket = {
    host,
    port,
    connectTimeout: deadlineMs,
    // Without it a paused Redis, which accepts connections and never greets, would hold us for ever.
    socketTimeout: deadlineMs,
    reconnectStrategy: (retries: number) => (isClosed() ? false : backoffMs(retries)),
  }
  return createClient({
    ...access,
    // A command of an outage is answered with an error at once, not kept for later.
    disableOfflineQueue: true,
    // CLIENT SETINFO is one more right that an ACL would have to grant.
    disableClientInfo: true,
    // Finds a dead peer while nobody asks anything; the pings keep an idle connection from timing out.
    pingInterval: Math.ceil(deadlineMs / 3),
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true },
  })
}

function backoffMs(retries: number): number {
  const ceilingMs = Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MAX_MS)
  // Jitter: replicas that lost the same Redis must not come back in step.
  return Math.round(ceilingMs * (0.5 + Math.random() / 2))
}
