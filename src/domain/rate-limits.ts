// What strangers may cause within a time: registrations, requests that are stored, fetches and failures.
// docs/adr/0016-rate-limits.md says why. The counts are kept by limiter.ts.
import { createHmac } from 'node:crypto'
import type { LimitSettings } from '../config/file-schema.ts'
import { deriveKey } from '../crypto/derived-key.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { createLimiter, type Limiter, type StoreWatch } from './limiter.ts'
import { createEgressCheck, subscriberOf } from './sender-address.ts'

export type BudgetName = Exclude<keyof LimitSettings['limits'], 'failure'>

export interface RateLimits {
  /** Counts a request. @throws AppError too_many_requests */
  admit(budget: BudgetName, address: string): Promise<void>
  /**
   * Counts a failure of a client, undefined for one that is not known. If there are too many, throws instead of
   * what would say why the request failed. @throws AppError too_many_requests
   */
  countFailure(clientId: string | undefined, address: string): Promise<void>
  /** Refuses without counting, and without the store. @throws AppError too_many_requests */
  checkFailures(clientId: string | undefined, address: string): void
}

interface Budget {
  readonly perAddress: Limiter
  readonly total: Limiter
}

const TOTAL = 'all'

export function createRateLimits(options: {
  config: LimitSettings & {
    readonly storeKeyPrefix: string
    readonly sessionSecrets: readonly [string, ...string[]]
  }
  store: Pick<Store, 'count'>
  logger: Logger
  now: () => number
}): RateLimits {
  const { config, store, logger, now } = options
  const { failure, ...budgetSettings } = config.limits
  const isShared = createEgressCheck(config.sharedEgress)
  const watch = createStoreWatch(logger)
  // Addresses can be guessed, so a plain hash of one would reveal it.
  const key = deriveKey(config.sessionSecrets[0], 'limits')
  const hash = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const failureKey = (clientId: string | undefined, address: string) =>
    hash(JSON.stringify([clientId ?? '', subscriberOf(address)]))

  const limiter = (name: string, points: number, seconds: number): Limiter => {
    const prefix = `${config.storeKeyPrefix}:limit:${name}`
    return createLimiter({ name: prefix, points, seconds, count: store.count, watch, now })
  }
  const budget = (name: BudgetName): Budget => {
    const { perAddress, total, seconds } = budgetSettings[name]
    return {
      perAddress: limiter(`${name}-address`, perAddress, seconds),
      total: limiter(`${name}-total`, total, seconds),
    }
  }
  const budgets: Readonly<Record<BudgetName, Budget>> = {
    registration: budget('registration'),
    pushedRequest: budget('pushedRequest'),
    authorization: budget('authorization'),
    documentFetch: budget('documentFetch'),
  }
  const failures = limiter('failure', failure.perClientAndAddress, failure.seconds)

  function refuse(untilMs: number | undefined): void {
    if (untilMs === undefined) return
    const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - now()) / 1000))
    throw new AppError('too_many_requests', { retryAfterSeconds })
  }

  return {
    async admit(name, address) {
      const { perAddress, total } = budgets[name]
      // First, so that addresses are not remembered while nobody is admitted.
      refuse(total.refusedUntil(TOTAL))
      // Before the total is counted: one address must not spend it for everyone.
      if (!isShared(address)) refuse(await perAddress.consume(hash(subscriberOf(address))))
      const untilMs = await total.consume(TOTAL)
      if (untilMs !== undefined) logger.warn({ budget: name }, 'the total of a rate limit is spent')
      refuse(untilMs)
    },
    async countFailure(clientId, address) {
      refuse(await failures.consume(failureKey(clientId, address)))
    },
    checkFailures(clientId, address) {
      refuse(failures.refusedUntil(failureKey(clientId, address)))
    },
  }
}

/** Logs once that the store is away, and once how many requests were allowed meanwhile. */
function createStoreWatch(logger: Logger): StoreWatch {
  let uncounted = 0
  return {
    onUncounted(err) {
      uncounted += 1
      if (uncounted === 1) {
        logger.warn({ err }, 'rate limits are not enforced, because the store does not answer')
      }
    },
    onCounted() {
      if (uncounted > 0) logger.info({ uncounted }, 'rate limits are enforced again')
      uncounted = 0
    },
  }
}
