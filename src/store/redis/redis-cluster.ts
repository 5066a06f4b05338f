// The masters of a Cluster, one connection each, and which of them has which slot. Not the library's
// Cluster client: that one waits for ever on a master that is away, keeps the commands for it, and
// does not learn of the replica that took over before the dead master is back to say so.

import calculateSlot from 'cluster-key-slot'
import { withDeadline } from '../../deadline.ts'
import { nameEndpoint, openRedisConnection, type RedisConnection } from './redis-connection.ts'
import { openLookout, type RedisTopology, type RedisTopologyOptions } from './redis-topology.ts'
import type { RedisEndpoint, RedisTarget } from './redis-url.ts'

const PAUSE_MS = 10_000
const PAUSE_IN_TROUBLE_MS = 500
// One that does not answer must not hide what the others know.
const ASK_DEADLINE_MS = 400
const SLOTS = 16_384
const MAX_REDIRECTS = 5

export function openRedisCluster(
  target: Extract<RedisTarget, { kind: 'cluster' }>,
  { deadlineMs, onReady, onError }: RedisTopologyOptions,
): RedisTopology {
  const settled = Promise.withResolvers<void>()
  const nodes = new Map<string, RedisConnection>()
  /** By slot. */
  let owners: readonly (string | undefined)[] = []
  let isClosed = false
  let isLost = false

  const join = (endpoint: RedisEndpoint): RedisConnection => {
    const known = nodes.get(nameEndpoint(endpoint))
    if (known) return known
    if (isClosed) throw new Error('the store is closed')
    const node = openRedisConnection({
      endpoint,
      access: target.access,
      deadlineMs,
      onReady(client) {
        onReady(client)
        lookout.alert()
      },
      onError(error) {
        onError(error)
        lookout.alert()
      },
    })
    nodes.set(nameEndpoint(endpoint), node)
    return node
  }
  const leave = (address: string): void => {
    void nodes.get(address)?.close()
    nodes.delete(address)
  }
  // They stay, used or not: by their names the Cluster is found when all of its addresses are new.
  const seeds = target.seeds.map(join)
  const seedAddresses = target.seeds.map(nameEndpoint)

  const survey = async (): Promise<number> => {
    const table = await findOwners()
    if (isClosed) return 0
    if (table) {
      owners = table.map((endpoint) => endpoint && nameEndpoint(endpoint))
      const inUse = new Set([...seedAddresses, ...owners])
      for (const address of nodes.keys()) if (!inUse.has(address)) leave(address)
      await Promise.all(
        new Set(table).values().map((endpoint) => endpoint && join(endpoint).settled),
      )
    }
    if (table || seeds.every(({ state }) => state === 'down')) settled.resolve()
    const isWell = table?.every(
      (owner) => owner && nodes.get(nameEndpoint(owner))?.state === 'ready',
    )
    return isWell ? PAUSE_MS : PAUSE_IN_TROUBLE_MS
  }

  async function findOwners(): Promise<(RedisEndpoint | undefined)[] | undefined> {
    const asked = [...nodes.values()].filter(({ state }) => state === 'ready')
    let failure: unknown
    // In any order, so that one with old news is not asked for ever.
    for (const node of asked.toSorted(() => Math.random() - 0.5)) {
      try {
        const ranges = await withDeadline(
          node.send((client) => client.clusterSlots()),
          ASK_DEADLINE_MS,
        )
        if (ranges.length === 0) throw new Error('it knows of no slots')
        const table = new Array<RedisEndpoint | undefined>(SLOTS).fill(undefined)
        for (const { from, to, master } of ranges) {
          // No host means the one that was asked.
          table.fill({ host: master.host || node.endpoint.host, port: master.port }, from, to + 1)
        }
        isLost = false
        return table
      } catch (error) {
        failure = error
      }
    }
    if (failure && !isLost)
      onError(new Error(`no server tells the slots of the Cluster: ${failure}`))
    if (failure) isLost = true
    return undefined
  }

  const lookout = openLookout(survey)

  return {
    settled: settled.promise,
    async send(key, command) {
      const slot = calculateSlot(key)
      let node = nodes.get(owners[slot] ?? '')
      let isAsked = false
      for (let redirects = 0; ; redirects += 1) {
        if (!node) throw new Error(`no server is known for slot ${slot}`)
        try {
          // ASKING holds for the next command, and nothing comes between these two.
          return await node.send((client) => {
            if (isAsked) client.sendCommand(['ASKING']).catch(() => {})
            return command(client)
          })
        } catch (error) {
          const redirect = parseRedirect(error, node.endpoint.host)
          if (!redirect || redirects === MAX_REDIRECTS) throw error
          isAsked = redirect.isAsk
          if (!isAsked) lookout.alert()
          node = join(redirect.endpoint)
          await node.settled
        }
      }
    },
    masters() {
      return [...new Set(owners.length === 0 ? [undefined] : owners)].map((address) => {
        const node = nodes.get(address ?? '')
        if (!node) throw new Error('not every server of the Cluster is known')
        return node
      })
    },
    async close() {
      isClosed = true
      lookout.close()
      await Promise.all(nodes.values().map((node) => node.close()))
    },
  }
}

// `MOVED 3999 127.0.0.1:6381`, where the host may be empty: the one that says so.
function parseRedirect(error: unknown, sameHost: string) {
  const [, kind, host, port] =
    /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error instanceof Error ? error.message : '') ?? []
  if (!kind) return undefined
  return { isAsk: kind === 'ASK', endpoint: { host: host || sameHost, port: Number(port) } }
}
