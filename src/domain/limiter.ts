// One limit: so many requests within so many seconds, for each key. rate-limits.ts says what is limited.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { createBoundedMap } from '../bounded-map.ts'
import { withDeadline } from '../deadline.ts'
import type { Store } from '../store/store.ts'

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
  /** The prefix of the counters' keys in the store. */
  readonly name: string
  readonly points: number
  readonly seconds: number
  /** Undefined: this process counts for itself. */
  readonly count: Store['count']
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
  const { name, points, seconds, count, watch, now } = options
  const ownPoints = count ? Math.floor(points * OWN_SHARE) : points
  const own = new RateLimiterMemory({ points: ownPoints, duration: seconds, keyPrefix: '' })
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

  async function consumeShared(
    counter: NonNullable<Store['count']>,
    key: string,
  ): Promise<number | undefined> {
    try {
      const counting = counter(`${name}:${key}`, seconds * 1000)
      const { value, endsAtMs } = await withDeadline(counting, STORE_DEADLINE_MS)
      watch.onCounted()
      return value > points - ownPoints ? Math.max(now(), endsAtMs) : undefined
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
      if (untilMs !== undefined && count) untilMs = await consumeShared(count, key)
      if (untilMs !== undefined) refusals.set(key, untilMs)
      return untilMs
    },
  }
}
