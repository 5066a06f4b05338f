// One connection to one Redis server. It reconnects until it is closed, and no command waits for that.

import { createClient } from '@keyv/redis'
import { DeadlineError, withDeadline } from '../../deadline.ts'
import type { RedisAccess, RedisEndpoint } from './redis-url.ts'

const RECONNECT_MAX_MS = 1000
/** How often a connection that leads to a read-only replica is replaced. */
const LEAVE_INTERVAL_MS = 1000

export type RedisClient = ReturnType<typeof createReconnectingClient>
export type RedisCommand<T> = (client: RedisClient) => Promise<T>

export interface RedisConnection {
  readonly endpoint: RedisEndpoint
  /** `connecting` until the first attempt has succeeded or failed; `ready` only after a reply to PING. */
  readonly state: 'connecting' | 'ready' | 'down'
  /** Resolves when the first attempt has succeeded or failed. */
  readonly settled: Promise<void>
  /** Sends at once or rejects; rejects after the deadline. */
  send<T>(command: RedisCommand<T>): Promise<T>
  close(): Promise<void>
}

export interface RedisConnectionOptions {
  endpoint: RedisEndpoint
  access: RedisAccess
  deadlineMs: number
  /** Called after each successful connect or reconnect. */
  onReady: (client: RedisClient) => void
  /** Called once per outage, not once per attempt. */
  onError: (error: Error) => void
}

export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { endpoint, access, deadlineMs, onReady, onError } = options
  const settled = Promise.withResolvers<void>()
  let state: RedisConnection['state'] = 'connecting'
  let isClosed = false

  const client = createReconnectingClient(endpoint, access, deadlineMs, () => isClosed)
  const markDown = (cause: Error): void => {
    const isFirstError = state !== 'down'
    state = 'down'
    settled.resolve()
    if (!isFirstError || isClosed) return
    onError(new Error(`Redis at ${formatEndpoint(endpoint)}: ${cause.message}`, { cause }))
  }
  const markReady = (): void => {
    if (state === 'ready' || isClosed) return
    state = 'ready'
    settled.resolve()
    onReady(client)
  }
  client.on('error', markDown)
  client.on('ping-interval', markReady)
  client.on('ready', () => {
    // close() was called while the client was connecting, which can't be cancelled.
    if (isClosed) return client.destroy()
    // An open connection proves nothing: the kernel accepts for a paused Redis, and a Redis that is
    // loading its data or needs a password replies to every command with an error.
    client.ping().then(markReady, markDown)
  })

  // Rejects only after close(), when the reconnect strategy gives up.
  const connect = (): void => void client.connect().catch(() => {})
  connect()

  // Redis answers in order, so a command that times out holds up every later one on its connection.
  const reconnect = (): void => {
    // A client that isn't ready is reconnecting already; a second attempt beside it would leak.
    if (isClosed || !client.isReady) return
    client.destroy()
    connect()
  }

  // The master was demoted, and its host name may lead to the new one by now: a connection looks it up again.
  let leftAtMs = Number.NEGATIVE_INFINITY
  const leaveReplica = (error: Error): void => {
    if (performance.now() - leftAtMs < LEAVE_INTERVAL_MS) return
    leftAtMs = performance.now()
    markDown(error)
    reconnect()
  }

  return {
    endpoint,
    get state() {
      return state
    },
    settled: settled.promise,
    async send(command) {
      try {
        return await withDeadline(command(client), deadlineMs)
      } catch (error) {
        if (error instanceof DeadlineError) {
          markDown(error)
          reconnect()
        } else if (isReadOnly(error)) leaveReplica(error)
        throw error
      }
    },
    async close() {
      isClosed = true
      client.unref()
      // destroy() would miss a socket that is still connecting. The handler of 'ready' closes it, and the
      // reconnect strategy ends the attempts.
      if (!client.isReady) return
      // Redis answers this PING after everything in flight. client.close() waits for the answers too, but
      // for ever if Redis is paused, and a client that is closing refuses destroy().
      await withDeadline(client.ping(), deadlineMs).catch(() => {})
      if (client.isOpen) client.destroy()
    },
  }
}

function isReadOnly(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('READONLY')
}

export function formatEndpoint({ host, port }: RedisEndpoint): string {
  return `${host}:${port}`
}

function createReconnectingClient(
  { host, port }: RedisEndpoint,
  { tls, ...access }: RedisAccess,
  deadlineMs: number,
  isClosed: () => boolean,
) {
  const socket = {
    host,
    port,
    connectTimeout: deadlineMs,
    // Without it, a Redis that accepts a connection but never answers the handshake would be waited for
    // for ever.
    socketTimeout: deadlineMs,
    reconnectStrategy: (retries: number) => (isClosed() ? false : backoffMs(retries)),
  }
  return createClient({
    ...access,
    // During an outage a command fails at once. Queued, it would run after its caller had got an error.
    disableOfflineQueue: true,
    // CLIENT SETINFO would need another ACL right; without it, each connect adds to the ACL log.
    disableClientInfo: true,
    // Detects a dead peer while the store is idle, and keeps an idle connection from its socketTimeout.
    pingInterval: Math.ceil(deadlineMs / 3),
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true },
  })
}

function backoffMs(retries: number): number {
  const ceilingMs = Math.min(50 * 2 ** Math.min(retries, 10), RECONNECT_MAX_MS)
  // Jitter: replicas that lost the same Redis must not reconnect all at once.
  return Math.round(ceilingMs * (0.5 + Math.random() / 2))
}
