// One limit: so many requests within so many seconds, for each key. rate-limits.ts says what is limited.
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
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
  const shared =
    count &&
    createSharedLimiter(count, {
      keyPrefix: name,
      points: points - ownPoints,
      duration: seconds,
      now,
    })
  const refusals = createBoundedMap<number>(MAX_REFUSALS)

  function refusedUntil(key: string): number | undefined {
    const untilMs = refusals.get(key)
    return untilMs !== undefined && now() < untilMs ? untilMs : undefined
  }

  async function consumeShared(
    limiter: RateLimiterRedis,
    key: string,
  ): Promise<number | undefined> {
    try {
      const waitMs = await waitOf(limiter.consume(key))
      watch.onCounted()
      return waitMs
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
      let waitMs = ownPoints === 0 ? 0 : await waitOf(own.consume(key))
      if (waitMs !== undefined && shared) waitMs = await consumeShared(shared, key)
      if (waitMs === undefined) return undefined
      const untilMs = now() + waitMs
      refusals.set(key, untilMs)
      return untilMs
    },
  }
}

/** Milliseconds to wait; undefined: consumed. */
async function waitOf(consuming: Promise<RateLimiterRes>): Promise<number | undefined> {
  try {
    await consuming
    return undefined
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext
    throw refusal
  }
}

/** What RateLimiterRedis runs: a script that adds to a counter, and answers its value and remaining ms. */
type RunScript = (
  script: string,
  options: { readonly keys: readonly string[]; readonly arguments: readonly string[] },
) => Promise<[number, number]>

/** A limiter over counters of the store. To the library, the store is a Redis client that can run its script. */
function createSharedLimiter(
  count: NonNullable<Store['count']>,
  options: { keyPrefix: string; points: number; duration: number; now: () => number },
): RateLimiterRedis {
  const { now, ...limit } = options
  const run: RunScript = async (_script, { keys: [key = ''] }) => {
    const counting = count(key, limit.duration * 1000)
    const { value, endsAtMs } = await withDeadline(counting, STORE_DEADLINE_MS)
    return [value, Math.max(0, endsAtMs - now())]
  }
  return new RateLimiterRedis({ ...limit, storeClient: { eval: run }, useRedisPackage: true })
}
