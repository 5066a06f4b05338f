// For several machines. Every command names one key, so that it works in a Redis Cluster too;
// redis-topology.ts picks the server. An ACL user needs
//   ~<STORE_KEY_PREFIX>:* +get +set +getdel +exists +unlink +eval +evalsha +incrby +pttl +scan +ping
// and +info for the warning about eviction, +select for a database other than 0, +cluster|slots and
// +asking in a Cluster. At a Sentinel it needs +sentinel|master +ping.

import { createHash } from 'node:crypto'
import { withDeadline } from '../../deadline.ts'
import { createKeyvOperations, type KeyvAdapter } from '../keyv-operations.ts'
import { scanKeys } from '../scan-keys.ts'
import type { Store, TimedValue } from '../store.ts'
import { openRedisCluster } from './redis-cluster.ts'
import { openRedisConnection, type RedisClient } from './redis-connection.ts'
import { describeEviction } from './redis-eviction.ts'
import { createRedisLimiters } from './redis-limiter.ts'
import { openRedisSentinel } from './redis-sentinel.ts'
import {
  createSingleServerTopology,
  type RedisTopology,
  type RedisTopologyOptions,
} from './redis-topology.ts'
import type { RedisTarget } from './redis-url.ts'

const SCAN_COUNT = 500

// KEYS[1], the expected value and, unless the record is to be removed, the next value and its lifetime in ms.
const SWAP_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV == 1 then redis.call('UNLINK', KEYS[1]) return 1 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Two commands could read the value of one write and the lifetime of the next.
const GET_WITH_TTL_SCRIPT = `
local value = redis.call('GET', KEYS[1])
if not value then return false end
return {value, redis.call('PTTL', KEYS[1])}`

interface RedisStoreOptions {
  target: RedisTarget
  deadlineMs: number
  onError: (error: Error) => void
}

/** Resolves when Redis answers, when the first attempt has failed, or after the deadline. */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { target, deadlineMs, onError } = options
  const checkEviction = createEvictionCheck(onError)
  const onReady = (client: RedisClient) => void checkEviction(client)
  const topology = openTopology(target, { deadlineMs, onReady, onError })
  const { send, masters } = topology
  await withDeadline(topology.settled, deadlineMs).catch(() => {})

  const adapter: KeyvAdapter = {
    get: async (key) => (await send(key, (client) => client.get(key))) ?? undefined,
    async set(key, value, ttlMs) {
      await send(key, (client) => client.set(key, value, { expiration: milliseconds(ttlMs) }))
    },
    delete: async (key) => (await send(key, (client) => client.unlink(key))) > 0,
  }

  const runSwap = createScript(send, SWAP_SCRIPT)
  const runGetWithTtl = createScript(send, GET_WITH_TTL_SCRIPT)

  async function* scanPages(prefix: string) {
    const options = { MATCH: `${escapeGlob(prefix)}*`, COUNT: SCAN_COUNT }
    for (const master of masters()) {
      let cursor = '0'
      do {
        const page = await master.send((client) => client.scan(cursor, options))
        yield page.keys
        cursor = page.cursor
      } while (cursor !== '0')
    }
  }

  return {
    ...createKeyvOperations(adapter),
    async swap(key, expected, next, ttlSeconds) {
      const ttlMs = ttlSeconds * 1000
      if (expected !== undefined) {
        const values = next === undefined ? [expected] : [expected, next, `${ttlMs}`]
        return (await runSwap(key, values)) === 1
      }
      if (next === undefined) return (await send(key, (client) => client.exists(key))) === 0
      const options = { condition: 'NX', expiration: milliseconds(ttlMs) } as const
      return (await send(key, (client) => client.set(key, next, options))) === 'OK'
    },
    take: async (key) => (await send(key, (client) => client.getDel(key))) ?? undefined,
    async getWithTtl(key) {
      const answer = await runGetWithTtl(key, [])
      return answer === null ? undefined : toTimedValue(answer)
    },
    scan: (prefix) => scanKeys(scanPages(prefix)),
    scanPages,
    // One answering master of a Cluster is enough: a failed ping makes the whole server unavailable, and
    // most requests still work while one master is down.
    async ping() {
      await Promise.any(
        masters().map((master) =>
          master.send(async (client) => {
            await client.ping()
            await checkEviction(client)
          }),
        ),
      )
    },
    partitions: topology.partitions,
    createLimiter: createRedisLimiters(topology),
    close: topology.close,
  }
}

/** The result runs the script with one key. */
function createScript(send: RedisTopology['send'], source: string) {
  const sha1 = createHash('sha1').update(source).digest('hex')
  return async (key: string, values: string[]): Promise<unknown> => {
    const script = { keys: [key], arguments: values }
    try {
      return await send(key, (client) => client.evalSha(sha1, script))
    } catch (error) {
      // A restarted Redis has lost its scripts. EVAL loads this one again.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return send(key, (client) => client.eval(source, script))
    }
  }
}

function toTimedValue(answer: unknown): TimedValue {
  const [value, ttlMs]: unknown[] = Array.isArray(answer) ? answer : []
  if (typeof value !== 'string' || typeof ttlMs !== 'number' || ttlMs < 0) {
    throw new Error('Redis returned no value with a lifetime')
  }
  return { value, ttlMs }
}

function openTopology(target: RedisTarget, options: RedisTopologyOptions): RedisTopology {
  switch (target.kind) {
    case 'server':
      return createSingleServerTopology(openRedisConnection({ ...target, ...options }))
    case 'sentinel':
      return openRedisSentinel(target, options)
    case 'cluster':
      return openRedisCluster(target, options)
  }
}

/** Reports a Redis that evicts when it begins to, at a connect or a later ping. */
function createEvictionCheck(
  onError: (error: Error) => void,
): (client: RedisClient) => Promise<void> {
  const reported = new WeakSet<RedisClient>()
  let isDenied = false
  return async (client) => {
    if (isDenied) return
    // Without the right to INFO there is no warning, and each further attempt would add to the ACL log.
    const info = await client.info('memory').catch((error: unknown) => {
      isDenied = error instanceof Error && error.message.startsWith('NOPERM')
      return undefined
    })
    if (info === undefined) return
    const warning = describeEviction(info)
    if (warning !== undefined && !reported.has(client)) onError(new Error(warning))
    if (warning === undefined) reported.delete(client)
    else reported.add(client)
  }
}

function milliseconds(value: number) {
  return { type: 'PX', value } as const
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
