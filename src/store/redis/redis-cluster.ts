// Connects to every master of a Cluster and sends each command to the one that owns the key's slot. The
// Cluster client of @redis/client is not used: it waits for ever on a master that is down, queues the
// commands for it, and learns of the replica that took over only when the dead master comes back.

import calculateSlot from 'cluster-key-slot'
import { withDeadline } from '../../deadline.ts'
import { createSlotTable, parseRedirect } from './redis-cluster-replies.ts'
import { formatEndpoint, openRedisConnection, type RedisConnection } from './redis-connection.ts'
import { startPolling } from './redis-poller.ts'
import type { RedisTopology, RedisTopologyOptions } from './redis-topology.ts'
import type { RedisEndpoint, RedisTarget } from './redis-url.ts'

const POLL_INTERVAL_MS = 10_000
const RETRY_INTERVAL_MS = 500
// Short, so that a node that does not answer leaves time to query the others.
const QUERY_DEADLINE_MS = 400
const MAX_REDIRECTS = 5
/** Hash tags whose slots, 3300, 7365, 11298 and 15363, lie in the four quarters of all slots. */
const PARTITIONS = ['{b}', '{c}', '{d}', '{e}']

export function openRedisCluster(
  target: Extract<RedisTarget, { kind: 'cluster' }>,
  { deadlineMs, onReady, onError }: RedisTopologyOptions,
): RedisTopology {
  const settled = Promise.withResolvers<void>()
  /** By address. */
  const nodes = new Map<string, RedisConnection>()
  /** The address of the master of each slot; empty until the first table has arrived. */
  let slotOwners: readonly (string | undefined)[] = []
  let isClosed = false
  let isReported = false

  const openNode = (endpoint: RedisEndpoint): RedisConnection => {
    const open = nodes.get(formatEndpoint(endpoint))
    if (open) return open
    if (isClosed) throw new Error('the store is closed')
    const node = openRedisConnection({
      endpoint,
      access: target.access,
      deadlineMs,
      onReady(client) {
        onReady(client)
        poller.pollNow()
      },
      onError(error) {
        onError(error)
        poller.pollNow()
      },
    })
    nodes.set(formatEndpoint(endpoint), node)
    return node
  }
  const findNode = (address: string | undefined): RedisConnection | undefined =>
    address === undefined ? undefined : nodes.get(address)
  const closeNode = (address: string): void => {
    void nodes.get(address)?.close()
    nodes.delete(address)
  }
  // Seeds stay connected even if they own no slot: when every address of the Cluster has changed, their
  // host names still lead to it.
  const seeds = target.seeds.map(openNode)
  const seedAddresses = target.seeds.map(formatEndpoint)

  const pollSlots = async (): Promise<number> => {
    const table = await querySlots()
    if (isClosed) return 0
    if (table) {
      slotOwners = table.map((endpoint) => endpoint && formatEndpoint(endpoint))
      const inUse = new Set([...seedAddresses, ...slotOwners])
      for (const address of nodes.keys()) if (!inUse.has(address)) closeNode(address)
      await Promise.all(
        new Set(table).values().map((endpoint) => endpoint && openNode(endpoint).settled),
      )
    }
    if (table || seeds.every(({ state }) => state === 'down')) settled.resolve()
    const isComplete = table?.every(
      (owner) => owner && nodes.get(formatEndpoint(owner))?.state === 'ready',
    )
    return isComplete ? POLL_INTERVAL_MS : RETRY_INTERVAL_MS
  }

  async function querySlots(): Promise<(RedisEndpoint | undefined)[] | undefined> {
    const connected = [...nodes.values()].filter(({ state }) => state === 'ready')
    let failure: unknown
    // Random order: a node with an outdated table must not be the first to answer every time.
    for (const node of connected.toSorted(() => Math.random() - 0.5)) {
      try {
        const reply = node.send((client) => client.clusterSlots())
        const ranges = await withDeadline(reply, QUERY_DEADLINE_MS)
        const table = createSlotTable(ranges, node.endpoint.host)
        isReported = false
        return table
      } catch (error) {
        failure = error
      }
    }
    if (failure && !isReported) {
      onError(new Error(`no node of the Cluster returns its slots: ${failure}`))
      isReported = true
    }
    return undefined
  }

  const poller = startPolling(pollSlots)

  return {
    settled: settled.promise,
    partitions: PARTITIONS,
    async send(key, command) {
      const slot = calculateSlot(key)
      let node = findNode(slotOwners[slot])
      let isAsking = false
      for (let redirects = 0; ; redirects += 1) {
        if (!node) throw new Error(`no server is known for slot ${slot}`)
        try {
          return await node.send((client) => {
            // ASKING is valid for the next command of its connection only; nothing is sent in between.
            if (isAsking) client.sendCommand(['ASKING']).catch(() => {})
            return command(client)
          })
        } catch (error) {
          const redirect = parseRedirect(error, node.endpoint.host)
          if (!redirect || redirects === MAX_REDIRECTS) throw error
          isAsking = redirect.isAsk
          if (!isAsking) poller.pollNow()
          node = openNode(redirect.endpoint)
          await node.settled
        }
      }
    },
    masters() {
      const masters = [...new Set(slotOwners)].map(findNode)
      const known = masters.filter((node) => node !== undefined)
      if (known.length === 0 || known.length < masters.length) {
        throw new Error('not every master of the Cluster is known')
      }
      return known
    },
    async close() {
      isClosed = true
      poller.stop()
      await Promise.all(nodes.values().map((node) => node.close()))
    },
  }
}
