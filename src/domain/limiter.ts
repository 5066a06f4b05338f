// One limit: so many requests within so many seconds, for each key. rate-limits.ts says what is limited.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { createBoundedMap } from '../bounded-map.ts'
import { withDeadline } from '../deadline.ts'
import type { Limit, SharedLimiter, Store } from '../store/store.ts'

export interface Limiter {
  /** Counts one request. @returns until when it is refused (ms); undefined: it is allowed */
  consume(key: string): Promise<number | undefined>
  /** The same without counting, as far as this process knows. It asks no store. */
  refusedUntil(key: string): number | undefined
}

/** Told of each request that was allowed because the store could not count it, and of each count. */
export interface StoreWatch {
  onUncounted(error: unknown): void
  onCounted(): void
}

interface LimiterOptions {
  readonly limit: Limit
  /** Undefined: this process counts for itself. */
  readonly createShared: Store['createLimiter']
  readonly watch: StoreWatch
  readonly now: () => number
}

/**
 * The part of a shared limit that each process grants by itself. A person who signs in then costs the store no
 * command; n processes allow up to (n - 1) tenths more than the limit.
 */
const OWN_SHARE = 0.1
/** A limiter must not delay a request for longer: a store that is this slow counts as away. */
const STORE_DEADLINE_MS = 500
const MAX_REFUSALS = 10_000

export function createLimiter(options: LimiterOptions): Limiter {
  const { limit, createShared, watch, now } = options
  const { points, seconds } = limit
  const ownPoints = createShared ? Math.floor(points * OWN_SHARE) : points
  const own = new RateLimiterMemory({ points: ownPoints, duration: seconds, keyPrefix: '' })
  const countShared = createShared?.({ ...limit, points: points - ownPoints })
  const refusals = createBoundedMap<number>(MAX_REFUSALS)

  function refusedUntil(key: string): number | undefined {
    const untilMs = refusals.get(key)
    return untilMs !== undefined && now() < untilMs ? untilMs : undefined
  }

  async function consumeOwn(key: string): Promise<number | undefined> {
    if (ownPoints === 0) return now()
    try {
      await own.consume(key)
      return undefined
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      return now() + refusal.msBeforeNext
    }
  }

  async function consumeShared(count: SharedLimiter, key: string): Promise<number | undefined> {
    try {
      const restMs = await withDeadline(count(key), STORE_DEADLINE_MS)
      watch.onCounted()
      return restMs === undefined ? undefined : now() + restMs
    } catch (error) {
      watch.onUncounted(error)
      return undefined
    }
  }

  return {
    refusedUntil,
    async consume(key) {
      const knownMs = refusedUntil(key)
      if (knownMs !== undefined) return knownMs
      let untilMs = await consumeOwn(key)
      if (untilMs !== undefined && countShared) untilMs = await consumeShared(countShared, key)
      if (untilMs !== undefined) refusals.set(key, untilMs)
      return untilMs
    },
  }
}
