// Asks the Sentinels for the master and follows it through failovers. The Sentinel client of
// @redis/client is not used: it queues commands during an outage, resends commands whose answer was lost,
// and waits for ever on a master that died before it was replaced.

import { withDeadline } from '../../deadline.ts'
import { formatEndpoint, openRedisConnection, type RedisConnection } from './redis-connection.ts'
import { startPolling } from './redis-poller.ts'
import { type MasterReply, parseMasterReply, selectMaster } from './redis-sentinel-replies.ts'
import type { RedisTopology, RedisTopologyOptions } from './redis-topology.ts'
import type { RedisEndpoint, RedisTarget } from './redis-url.ts'

// Polling goes on while the master answers: a master that is cut off from its Sentinels still answers
// us after another server has replaced it.
const POLL_INTERVAL_MS = 250
const RETRY_INTERVAL_MS = 400
const QUERY_DEADLINE_MS = 1000

export function openRedisSentinel(
  target: Extract<RedisTarget, { kind: 'sentinel' }>,
  { deadlineMs, onReady, onError }: RedisTopologyOptions,
): RedisTopology {
  const settled = Promise.withResolvers<void>()
  let master: RedisConnection | undefined
  let isClosed = false
  let isReported = false
  const pollNow = (): void => poller.pollNow()
  const reportAndPoll = (error: Error): void => {
    onError(error)
    pollNow()
  }

  const sentinels = target.sentinels.map((endpoint) =>
    openRedisConnection({
      endpoint,
      access: target.sentinelAccess,
      deadlineMs,
      onReady: pollNow,
      onError: reportAndPoll,
    }),
  )

  const pollMaster = async (): Promise<number> => {
    const endpoint = await findMaster()
    if (isClosed) return 0
    if (endpoint && (!master || formatEndpoint(endpoint) !== formatEndpoint(master.endpoint))) {
      void master?.close()
      master = openRedisConnection({
        endpoint,
        access: target.access,
        deadlineMs,
        onReady,
        onError: reportAndPoll,
      })
    }
    await master?.settled
    if (master || sentinels.every(({ state }) => state === 'down')) settled.resolve()
    return endpoint && master?.state === 'ready' ? POLL_INTERVAL_MS : RETRY_INTERVAL_MS
  }

  async function findMaster(): Promise<RedisEndpoint | undefined> {
    const connected = sentinels.filter(({ state }) => state === 'ready')
    const answers = await Promise.allSettled(connected.map(queryMaster))
    const replies = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : [],
    )
    const failure = answers.find((answer) => answer.status === 'rejected')
    if (replies.length === 0 && failure && !isReported) {
      onError(new Error(`no Sentinel names the master: ${failure.reason}`))
    }
    if (connected.length > 0) isReported = replies.length === 0
    return selectMaster(replies)
  }

  async function queryMaster(sentinel: RedisConnection): Promise<MasterReply> {
    const reply = sentinel.send((client) =>
      client.sendCommand(['SENTINEL', 'MASTER', target.masterName]),
    )
    return parseMasterReply(await withDeadline(reply, QUERY_DEADLINE_MS))
  }

  const poller = startPolling(pollMaster)

  return {
    settled: settled.promise,
    async send(_key, command) {
      if (!master) throw new Error('no Sentinel has named a master yet')
      try {
        return await master.send(command)
      } catch (error) {
        // The former master is a replica now.
        if (error instanceof Error && error.message.startsWith('READONLY')) pollNow()
        throw error
      }
    },
    masters() {
      if (!master) throw new Error('no Sentinel has named a master yet')
      return [master]
    },
    async close() {
      isClosed = true
      poller.stop()
      await Promise.all([...sentinels, master].map((connection) => connection?.close()))
    },
  }
}
