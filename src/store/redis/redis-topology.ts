// Which server a command goes to: the only one, the master that Sentinel names, or the one of a
// Cluster that has the key. One command is sent once: a GETDEL whose answer was lost and that is
// sent again finds nothing, and an outage would look like a spent code.

import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisCommand, RedisConnection, RedisConnectionOptions } from './redis-connection.ts'

export interface RedisTopology {
  /** Resolves when it is known whether Redis is there. */
  readonly settled: Promise<void>
  /** `command` sends one command, about this key, before it waits for anything. */
  send<T>(key: string, command: RedisCommand<T>): Promise<T>
  /** Every server that has keys of its own. Throws while one of them is not known. */
  masters(): readonly RedisConnection[]
  close(): Promise<void>
}

export type RedisTopologyOptions = Omit<RedisConnectionOptions, 'endpoint' | 'access'>

export function createSingleServer(connection: RedisConnection): RedisTopology {
  return {
    settled: connection.settled,
    send: (_key, command) => connection.send(command),
    masters: () => [connection],
    close: connection.close,
  }
}

const MIN_PAUSE_MS = 100

export interface Lookout {
  /** Look now, or once more after the look that is under way. */
  alert(): void
  close(): void
}

/** Looks again and again, one look at a time. @param look resolves with the pause after it, in ms */
export function openLookout(look: () => Promise<number>): Lookout {
  let isClosed = false
  let pause = new AbortController()
  const run = async (): Promise<void> => {
    while (!isClosed) {
      pause = new AbortController()
      const { signal } = pause
      const pauseMs = await look()
      // A storm of alerts is one look.
      await sleep(MIN_PAUSE_MS, undefined, { ref: false })
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => {})
    }
  }
  void run()
  return {
    alert: () => pause.abort(),
    close() {
      isClosed = true
      pause.abort()
    },
  }
}
