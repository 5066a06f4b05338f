// A Redis that persists every write before it acknowledges it. A test can kill it and restart it on its
// port.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../support/free-port.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

export interface DurableRedis {
  readonly url: string
  readonly server: RedisServer
  /** kill -9 */
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startDurableRedis(): Promise<DurableRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-redis-'))
  const port = await findFreePort()
  const flags = ['--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always']
  const start = () => startRedis({ port, flags })
  let server = await start()
  return {
    url: server.url,
    get server() {
      return server
    },
    kill: () => server.stop(),
    async start() {
      server = await start()
    },
    async close() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
