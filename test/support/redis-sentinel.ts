// A Redis master, its replica, and three Sentinels that watch them.

import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { findFreePort } from './free-port.ts'
import { type RedisServer, startRedis } from './redis.ts'

const NAME = 'mymaster'
const DISCOVERY_TIMEOUT_MS = 15_000

export interface SentinelSetup {
  readonly url: string
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinels: readonly RedisServer[]
  stop(): Promise<void>
}

/**
 * Resolves when the replica is in sync and the Sentinels agree, so that the master may fail.
 * @param options.flags more flags of the master and its replica
 * @param options.openRoute returns the port at which the replica and the Sentinels reach the master
 */
export async function startSentinelSetup(
  options: {
    flags?: readonly (string | number)[]
    openRoute?: (master: RedisServer) => Promise<number>
  } = {},
): Promise<SentinelSetup> {
  // By default, a master waits 5 s for more replicas before it sends its data to the first one.
  const flags = ['--repl-diskless-sync-delay', 0, ...(options.flags ?? [])]
  const master = await startRedis({ flags })
  const port = (await options.openRoute?.(master)) ?? master.port
  const others = await Promise.all([
    startRedis({ flags: [...flags, '--replicaof', '127.0.0.1', port] }),
    startSentinel(port),
    startSentinel(port),
    startSentinel(port),
  ])
  const [replica, ...sentinels] = others
  const all = [master, ...others]
  const stop = async () => void (await Promise.all(all.map((server) => server.stop())))
  try {
    for (const { url } of sentinels) await waitUntilDiscovered(url)
  } catch (error) {
    await stop()
    throw error
  }
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')
  return { url: `redis+sentinel://${hosts}/${NAME}`, master, replica, sentinels, stop }
}

async function startSentinel(masterPort: number): Promise<RedisServer> {
  return await startRedis({
    port: await findFreePort(),
    sentinel: [
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
      `sentinel down-after-milliseconds ${NAME} 500`,
      `sentinel failover-timeout ${NAME} 2000`,
    ],
  })
}

async function waitUntilDiscovered(url: string): Promise<void> {
  const client = await createClient({ url }).connect()
  const endsAtMs = Date.now() + DISCOVERY_TIMEOUT_MS
  try {
    while (true) {
      const [master, replicas] = await Promise.all([
        client.sendCommand<string[]>(['SENTINEL', 'MASTER', NAME]),
        client.sendCommand<string[][]>(['SENTINEL', 'REPLICAS', NAME]),
      ])
      const isLinked = replicas.some((replica) => fieldOf(replica, 'master-link-status') === 'ok')
      if (isLinked && fieldOf(master, 'num-other-sentinels') === '2') return
      if (Date.now() > endsAtMs) throw new Error('the Sentinels have not found each other')
      await sleep(100)
    }
  } finally {
    client.destroy()
  }
}

function fieldOf(reply: string[], name: string): string | undefined {
  return reply[reply.indexOf(name) + 1]
}
