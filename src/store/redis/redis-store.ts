// Several machines. Single-key commands only, so that Redis Cluster works; which server gets them:
// redis-topology.ts. An ACL has to grant
//   ~<STORE_KEY_PREFIX>:* +get +set +getdel +exists +unlink +eval +evalsha +scan +ping
// and +info for the warning about eviction, +select for a database other than 0, +cluster|slots and
// +asking in a Cluster; at Sentinels +sentinel|master +ping.

import { createHash } from 'node:crypto'
import KeyvRedis from '@keyv/redis'
import { withDeadline } from '../../deadline.ts'
import { createPlainHalf } from '../keyv-operations.ts'
import type { Store } from '../store.ts'
import { openRedisCluster } from './redis-cluster.ts'
import { openRedisConnection, type RedisClient } from './redis-connection.ts'
import { createCounter } from './redis-counter.ts'
import { describeEviction } from './redis-eviction.ts'
import { openRedisSentinel } from './redis-sentinel.ts'
import {
  createSingleServer,
  type RedisTopology,
  type RedisTopologyOptions,
} from './redis-topology.ts'
import type { RedisTarget } from './redis-url.ts'

const SCAN_COUNT = 500

// KEYS[1], the expected value, and, unless it is to be removed, the next value and its lifetime in ms.
const SWAP_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV == 1 then redis.call('UNLINK', KEYS[1]) return 1 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
const SWAP_SHA1 = createHash('sha1').update(SWAP_SCRIPT).digest('hex')

interface RedisStoreOptions {
  target: RedisTarget
  deadlineMs: number
  onError: (error: Error) => void
}

/** Resolves when Redis is there or has failed once, at the latest after the deadline. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { target, deadlineMs, onError } = options
  let isWarned = false
  const warnOfEviction = async (client: RedisClient): Promise<void> => {
    // Who may not ask for it is not told.
    const warning = describeEviction(await client.info('memory').catch(() => ''))
    if (warning === undefined || isWarned) return
    isWarned = true
    onError(new Error(warning))
  }
  const onReady = (client: RedisClient): void => void warnOfEviction(client)
  const topology = openTopology(target, { deadlineMs, onReady, onError })
  const { send, masters } = topology
  await withDeadline(topology.settled, deadlineMs).catch(() => {})

  const runSwap = async (key: string, values: string[]): Promise<boolean> => {
    const script = { keys: [key], arguments: values }
    try {
      return (await send(key, (client) => client.evalSha(SWAP_SHA1, script))) === 1
    } catch (error) {
      // A Redis that restarted has forgotten it; EVAL makes it known again.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return (await send(key, (client) => client.eval(SWAP_SCRIPT, script))) === 1
    }
  }

  return {
    ...createPlainHalf(createAdapter(topology)),
    async swap(key, expected, next, ttlSeconds) {
      const ttlMs = ttlSeconds * 1000
      if (expected !== undefined) {
        return runSwap(key, next === undefined ? [expected] : [expected, next, String(ttlMs)])
      }
      if (next === undefined) return (await send(key, (client) => client.exists(key))) === 0
      const options = { condition: 'NX', expiration: { type: 'PX', value: ttlMs } } as const
      return (await send(key, (client) => client.set(key, next, options))) === 'OK'
    },
    take: async (key) => (await send(key, (client) => client.getDel(key))) ?? undefined,
    async *scan(prefix) {
      const options = { MATCH: `${escapeGlob(prefix)}*`, COUNT: SCAN_COUNT }
      for (const master of masters()) {
        let cursor = '0'
        do {
          const page = await master.send((client) => client.scan(cursor, options))
          yield* page.keys
          cursor = page.cursor
        } while (cursor !== '0')
      }
    },
    // One master of a Cluster is enough: to turn everyone away would be worse than what is missing.
    async ping() {
      await Promise.any(masters().map((master) => master.send((client) => client.ping())))
    },
    count: createCounter(topology),
    close: topology.close,
  }
}

function openTopology(target: RedisTarget, options: RedisTopologyOptions): RedisTopology {
  switch (target.kind) {
    case 'server':
      return createSingleServer(openRedisConnection({ ...target, ...options }))
    case 'sentinel':
      return openRedisSentinel(target, options)
    case 'cluster':
      return openRedisCluster(target, options)
  }
}

function createAdapter({ send }: RedisTopology): KeyvRedis<string> {
  const route =
    <Rest extends unknown[], T>(
      command: (client: RedisClient, key: string, ...rest: Rest) => Promise<T>,
    ) =>
    (key: string, ...rest: Rest): Promise<T> =>
      send(key, (client) => command(client, key, ...rest))
  const routed = {
    // From a client that is not open KeyvRedis connects by itself, and waits until Redis is there.
    isOpen: true,
    connect: async () => {},
    on: () => {},
    get: route((client, key) => client.get(key)),
    set: route((client, key, value: string, options: { PX: number }) =>
      client.set(key, value, options),
    ),
    unlink: route((client, key) => client.unlink(key)),
  }
  // KeyvRedis asks no more of a client than this for get, set and delete.
  return new KeyvRedis(routed as unknown as RedisClient, { throwOnErrors: true })
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
