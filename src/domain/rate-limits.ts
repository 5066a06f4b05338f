// Limits on the work that strangers cause within a time: registrations, requests that are stored, fetches and failures.
// docs/adr/0016-rate-limits.md says why. The counts are kept by limiter.ts.
import { createHmac } from 'node:crypto'
import type { LimitSettings } from '../config/file-schema.ts'
import { deriveKey } from '../crypto/derived-key.ts'
import { AppError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { createLimiter, type Limiter, type StoreWatch } from './limiter.ts'
import { createEgressCheck, endSiteOf, subscriberOf } from './sender-address.ts'

/** The budgets without a total: requests that leave nothing in the store unless they prove something. */
type ProvenName = 'signIn' | 'upstreamEvent'
/** The budgets that have a total: requests that leave something in the store, and fetches. */
type TotalName = Exclude<keyof LimitSettings['limits'], 'failure' | 'tokenExchange' | ProvenName>
export type BudgetName = TotalName | ProvenName

export interface RateLimits {
  /**
   * Counts a request of its sender. Also refuses it while the total is spent.
   * @param part of the budget, with a total of its own; undefined: the total for everything else
   * @throws AppError too_many_requests
   */
  admit(budget: BudgetName, address: string, part?: string): Promise<void>
  /** Counts what is about to be stored or fetched against the total. @throws AppError too_many_requests */
  spend(budget: TotalName, part?: string): Promise<void>
  /**
   * Counts a failure of a client, undefined for one that is not known. If there are too many, throws instead of
   * what would say why the request failed. @throws AppError too_many_requests
   */
  countFailure(clientId: string | undefined, address: string): Promise<void>
  /** Counts what a resource server exchanges for one person. @throws AppError too_many_requests */
  countExchange(resource: string, sub: string): Promise<void>
}

interface SenderLimits {
  readonly perAddress: Limiter
  readonly perEndSite: Limiter
}

const TOTAL = 'all'
/** How many times the limit of an address all addresses of an IPv6 end site have together. */
const ADDRESSES_PER_END_SITE = 4

export function createRateLimits(options: {
  config: LimitSettings & {
    readonly storeKeyPrefix: string
    readonly sessionSecrets: readonly [string, ...string[]]
  }
  store: Pick<Store, 'createLimiter'>
  logger: Logger
  now: () => number
}): RateLimits {
  const { config, store, logger, now } = options
  const { failure, tokenExchange, signIn: _, upstreamEvent: __, ...budgets } = config.limits
  const isShared = createEgressCheck(config.sharedEgress)
  const watch = createStoreWatch(logger)
  // Addresses can be guessed, so a plain hash of one would reveal it.
  const key = deriveKey(config.sessionSecrets[0], 'limits')
  const hash = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const totalKey = (part: string | undefined) => (part === undefined ? TOTAL : hash(part))
  const failureKey = (clientId: string | undefined, address: string) =>
    hash(JSON.stringify([clientId ?? '', subscriberOf(address)]))

  const limiter = (name: string, points: number, seconds: number): Limiter => {
    const prefix = `${config.storeKeyPrefix}:limit:${name}`
    const createShared = store.createLimiter
    return createLimiter({ limit: { prefix, points, seconds }, createShared, watch, now })
  }
  const senderLimits = (name: BudgetName): SenderLimits => {
    const { perAddress, seconds } = config.limits[name]
    return {
      perAddress: limiter(`${name}-address`, perAddress, seconds),
      perEndSite: limiter(`${name}-site`, perAddress * ADDRESSES_PER_END_SITE, seconds),
    }
  }
  const totalLimit = (name: TotalName): Limiter =>
    limiter(`${name}-total`, budgets[name].total, budgets[name].seconds)
  const senders: Readonly<Record<BudgetName, SenderLimits>> = {
    registration: senderLimits('registration'),
    pushedRequest: senderLimits('pushedRequest'),
    authorization: senderLimits('authorization'),
    documentFetch: senderLimits('documentFetch'),
    signIn: senderLimits('signIn'),
    upstreamEvent: senderLimits('upstreamEvent'),
  }
  const totals: Readonly<Record<TotalName, Limiter>> = {
    registration: totalLimit('registration'),
    pushedRequest: totalLimit('pushedRequest'),
    authorization: totalLimit('authorization'),
    documentFetch: totalLimit('documentFetch'),
  }
  const failures = limiter('failure', failure.perClientAndAddress, failure.seconds)
  const exchanges = limiter('token-exchange', tokenExchange.perAccount, tokenExchange.seconds)

  function refuse(untilMs: number | undefined): void {
    if (untilMs === undefined) return
    const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - now()) / 1000))
    throw new AppError('too_many_requests', { retryAfterSeconds })
  }

  const hasTotal = (name: BudgetName): name is TotalName => Object.hasOwn(totals, name)

  return {
    async admit(name, address, part) {
      const { perAddress, perEndSite } = senders[name]
      // First, so that addresses are not remembered while nobody is admitted.
      if (hasTotal(name)) refuse(totals[name].refusedUntil(totalKey(part)))
      if (isShared(address)) return
      refuse(await perAddress.consume(hash(subscriberOf(address))))
      const endSite = endSiteOf(address)
      if (endSite !== undefined) refuse(await perEndSite.consume(hash(endSite)))
    },
    async spend(name, part) {
      const untilMs = await totals[name].consume(totalKey(part))
      if (untilMs !== undefined) logger.warn({ budget: name }, 'the total of a rate limit is spent')
      refuse(untilMs)
    },
    async countFailure(clientId, address) {
      refuse(await failures.consume(failureKey(clientId, address)))
    },
    async countExchange(resource, sub) {
      refuse(await exchanges.consume(hash(JSON.stringify([resource, sub]))))
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
