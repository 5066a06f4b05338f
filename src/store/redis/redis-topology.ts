// Picks the server for a command: the only one, the master that Sentinel names, or the Cluster node that
// has the key. A command is sent once and never retried: a second GETDEL after a lost answer finds nothing,
// so an outage would look like a spent code.

import type { RedisCommand, RedisConnection, RedisConnectionOptions } from './redis-connection.ts'

export interface RedisTopology {
  /** Resolves once the first attempt to reach Redis has succeeded or failed. */
  readonly settled: Promise<void>
  /** `command` must send exactly one command, about this key, before it awaits anything. */
  send<T>(key: string, command: RedisCommand<T>): Promise<T>
  /** See Store.partitions. */
  readonly partitions?: readonly string[]
  /** Every server that owns keys. Throws while one of them is unknown. */
  masters(): readonly RedisConnection[]
  close(): Promise<void>
}

export type RedisTopologyOptions = Omit<RedisConnectionOptions, 'endpoint' | 'access'>

export function createSingleServerTopology(connection: RedisConnection): RedisTopology {
  return {
    settled: connection.settled,
    send: (_key, command) => connection.send(command),
    masters: () => [connection],
    close: connection.close,
  }
}
