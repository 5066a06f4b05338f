// Several machines. Single-key commands only, so that Redis Cluster stays possible.

import { createHash } from 'node:crypto'
import KeyvRedis from '@keyv/redis'
import { createPlainHalf } from './plain-half.ts'
import { openRedisConnection } from './redis-connection.ts'
import type { Store } from './store.ts'

const SCAN_COUNT = 500

// KEYS[1], the expected value, and, unless it is to be removed, the next value and its lifetime in ms.
const SWAP_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #ARGV == 1 then redis.call('DEL', KEYS[1]) return 1 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
const SWAP_SHA1 = createHash('sha1').update(SWAP_SCRIPT).digest('hex')

export interface RedisStore extends Store {
  /** To be told when a call had no answer in time: what answers one command late blocks the rest. */
  onOverdue(): void
}

interface RedisStoreOptions {
  url: string
  deadlineMs: number
  onError: (error: Error) => void
}

export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const connection = await openRedisConnection(options)
  const { client } = connection
  const adapter = new KeyvRedis(client, { throwOnErrors: true, throwOnConnectError: true })

  const runSwap = async (key: string, values: string[]): Promise<boolean> => {
    const script = { keys: [key], arguments: values }
    try {
      return (await client.evalSha(SWAP_SHA1, script)) === 1
    } catch (error) {
      // A Redis that restarted has forgotten it; EVAL makes it known again.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return (await client.eval(SWAP_SCRIPT, script)) === 1
    }
  }

  return {
    ...createPlainHalf(adapter),
    async swap(key, expected, next, ttlSeconds) {
      const ttlMs = ttlSeconds * 1000
      if (expected !== undefined) {
        return runSwap(key, next === undefined ? [expected] : [expected, next, String(ttlMs)])
      }
      if (next === undefined) return (await client.exists(key)) === 0
      const options = { condition: 'NX', expiration: { type: 'PX', value: ttlMs } } as const
      return (await client.set(key, next, options)) === 'OK'
    },
    take: async (key) => (await client.getDel(key)) ?? undefined,
    async *scan(prefix) {
      const pages = client.scanIterator({ MATCH: `${escapeGlob(prefix)}*`, COUNT: SCAN_COUNT })
      for await (const page of pages) yield* page
    },
    async ping() {
      await client.ping()
    },
    onOverdue: connection.replace,
    close: connection.close,
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
