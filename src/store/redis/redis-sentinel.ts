// The master that Sentinel names, followed from server to server. Not the library's Sentinel client:
// that one keeps the commands of an outage, sends again those whose answer was lost, and waits for
// ever on a master that died before it was replaced.

import { withDeadline } from '../../deadline.ts'
import { nameEndpoint, openRedisConnection, type RedisConnection } from './redis-connection.ts'
import { openLookout, type RedisTopology, type RedisTopologyOptions } from './redis-topology.ts'
import type { RedisEndpoint, RedisTarget } from './redis-url.ts'

// While all is well this finds a master that was replaced behind our back: one that is cut off from
// its Sentinels still answers us.
const PAUSE_MS = 250
const PAUSE_IN_TROUBLE_MS = 400
const ASK_DEADLINE_MS = 1000

export function openRedisSentinel(
  target: Extract<RedisTarget, { kind: 'sentinel' }>,
  { deadlineMs, onReady, onError }: RedisTopologyOptions,
): RedisTopology {
  const settled = Promise.withResolvers<void>()
  let master: RedisConnection | undefined
  let isClosed = false
  let isLost = false
  const alert = (): void => lookout.alert()
  const alertOf = (error: Error): void => {
    onError(error)
    alert()
  }

  const sentinels = target.sentinels.map((endpoint) =>
    openRedisConnection({
      endpoint,
      access: target.sentinelAccess,
      deadlineMs,
      onReady: alert,
      onError: alertOf,
    }),
  )

  const follow = async (): Promise<number> => {
    const named = await findMaster()
    if (isClosed) return 0
    if (named && (!master || nameEndpoint(named) !== nameEndpoint(master.endpoint))) {
      void master?.close()
      master = openRedisConnection({
        endpoint: named,
        access: target.access,
        deadlineMs,
        onReady,
        onError: alertOf,
      })
    }
    await master?.settled
    if (master || sentinels.every(({ state }) => state === 'down')) settled.resolve()
    return named && master?.state === 'ready' ? PAUSE_MS : PAUSE_IN_TROUBLE_MS
  }

  async function findMaster(): Promise<RedisEndpoint | undefined> {
    const asked = sentinels.filter(({ state }) => state === 'ready')
    const answers = await Promise.allSettled(
      asked.map((sentinel) =>
        withDeadline(
          sentinel.send((client) => client.sendCommand(['SENTINEL', 'MASTER', target.masterName])),
          ASK_DEADLINE_MS,
        ),
      ),
    )
    const views = answers.flatMap(({ status, ...rest }) =>
      status === 'fulfilled' && 'value' in rest ? [parseView(rest.value)] : [],
    )
    const failure = answers.find((answer) => answer.status === 'rejected')
    if (views.length === 0 && failure && !isLost) {
      onError(new Error(`no Sentinel names the master: ${failure.reason}`))
    }
    if (asked.length > 0) isLost = views.length === 0
    // A Sentinel that was cut off tells of an older time.
    return views.toSorted((a, b) => b.epoch - a.epoch)[0]?.endpoint
  }

  const lookout = openLookout(follow)

  return {
    settled: settled.promise,
    async send(_key, command) {
      if (!master) throw new Error('no Sentinel has named a master yet')
      try {
        return await master.send(command)
      } catch (error) {
        // It was a master, and is a replica now.
        if (error instanceof Error && error.message.startsWith('READONLY')) alert()
        throw error
      }
    },
    masters() {
      if (!master) throw new Error('no Sentinel has named a master yet')
      return [master]
    },
    async close() {
      isClosed = true
      lookout.close()
      await Promise.all([...sentinels, master].map((connection) => connection?.close()))
    },
  }
}

/** @param reply of SENTINEL MASTER: names and values, one after the other */
function parseView(reply: unknown): { endpoint: RedisEndpoint; epoch: number } {
  const fields = (reply as unknown[]).map(String)
  const fieldOf = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
  return {
    endpoint: { host: fieldOf('ip'), port: Number(fieldOf('port')) },
    epoch: Number(fieldOf('config-epoch')),
  }
}
