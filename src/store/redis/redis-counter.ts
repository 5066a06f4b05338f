// A counter with a lifetime, for rate limits. Its script uses GET and SET only, so that it needs no right that
// the store does not have already. Its end is part of its value, because PTTL would be one more right.

import { createHash } from 'node:crypto'
import type { Store } from '../store.ts'
import type { RedisTopology } from './redis-topology.ts'

// KEYS[1], the lifetime in ms, and the end of a counter that begins now.
const SCRIPT = `
local counter = redis.call('GET', KEYS[1])
if not counter then
  redis.call('SET', KEYS[1], '1 ' .. ARGV[2], 'PX', ARGV[1])
  return '1 ' .. ARGV[2]
end
local value, endsAt = string.match(counter, '^(%d+) (%d+)$')
local next = string.format('%d %s', value + 1, endsAt)
redis.call('SET', KEYS[1], next, 'KEEPTTL')
return next`
const SHA1 = createHash('sha1').update(SCRIPT).digest('hex')

export function createCounter({ send }: Pick<RedisTopology, 'send'>): NonNullable<Store['count']> {
  async function run(key: string, values: string[]): Promise<unknown> {
    const script = { keys: [key], arguments: values }
    try {
      return await send(key, (client) => client.evalSha(SHA1, script))
    } catch (error) {
      // A restarted Redis has lost its scripts. EVAL loads this one again.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return send(key, (client) => client.eval(SCRIPT, script))
    }
  }

  return async (key, ttlMs) => {
    const reply = await run(key, [String(ttlMs), String(Date.now() + ttlMs)])
    const [value = Number.NaN, endsAtMs = Number.NaN] = String(reply).split(' ').map(Number)
    return { value, endsAtMs }
  }
}
