// Rate limits that the processes of a Redis share. rate-limiter-flexible counts; the topology finds the server
// that has the key.

import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Store } from '../store.ts'
import type { RedisClient } from './redis-connection.ts'
import type { RedisTopology } from './redis-topology.ts'

type Eval = RedisClient['eval']

export function createRedisLimiters({
  send,
}: Pick<RedisTopology, 'send'>): NonNullable<Store['createLimiter']> {
  /** All that RateLimiterRedis calls of a client to count in whole seconds. */
  const storeClient = {
    eval: (script: Parameters<Eval>[0], options: { keys: [string]; arguments: string[] }) =>
      send(options.keys[0], (client) => client.eval(script, options)),
  }
  return ({ prefix, points, seconds }) => {
    const limiter = new RateLimiterRedis({
      storeClient,
      // The interface of @redis/client, which the library would recognise by the name of its class.
      useRedisPackage: true,
      keyPrefix: prefix,
      points,
      duration: seconds,
    })
    return async (key) => {
      try {
        await limiter.consume(key)
        return undefined
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        return refusal.msBeforeNext
      }
    }
  }
}
