// Asks the upstream again about one account, single-flight across processes: whoever holds the lease of the account's
// record asks (ask-upstream.ts), and everybody else waits for the record to change.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { OpenRecord } from '../../records/records.ts'
import type {
  HeldTokens,
  StoredUpstreamTokens,
  TokenLease,
} from '../../records/upstream/upstream-tokens.ts'
import { type Asked, type AskOptions, createAsk } from './ask-upstream.ts'
import { setHeld } from './held-tokens.ts'

export type Renewed =
  | {
      readonly kind: 'current'
      readonly tokens: HeldTokens
      /** The upstream was asked, by this process or another, and may have changed the account. */
      readonly wasDue: boolean
    }
  /** There are none, or the upstream cannot be asked with them. */
  | { readonly kind: 'absent' }
  /** The upstream says that they ended. */
  | { readonly kind: 'ended' }

export interface Renewals {
  /**
   * @param options.isDue whether the upstream has to be asked; the answer of another process may make it false
   * @throws AppError upstream_unavailable, upstream_failed, store_unavailable: nothing has changed
   */
  renew(options: {
    readonly sub: string
    /** In order of preference. */
    readonly purposes: readonly string[]
    /** Callers with the same name share one answer. */
    readonly need: string
    readonly isDue: (tokens: HeldTokens) => boolean
  }): Promise<Renewed>
}

/** The times fit into the deadline of a request (http/middleware/request-deadline.ts), together with the store's. */
const RENEWAL_TIMES = {
  /** For the upstream. A later answer is still stored. */
  askMs: 4500,
  /** Longer than `askMs`, by the time that storing the answer takes. */
  leaseMs: 5500,
  /** For a request altogether: a lease that nobody releases, and a fast answer after it. */
  waitMs: 7500,
  pollMs: 100,
  /** After a failure, the upstream is not asked about this account, and by this process about nobody. */
  retryMs: 15_000,
  downMs: 3000,
  /** While the store does not take an answer, and as often as that. */
  storeRetryMs: 1000,
  storeAttempts: 15,
} as const

export type RenewalTimes = { readonly [K in keyof typeof RENEWAL_TIMES]: number }
type Opened = OpenRecord<StoredUpstreamTokens>

export function createRenewals(
  options: Omit<AskOptions, 'onDown' | 'times'> & {
    monotonicNow: () => number
    times?: RenewalTimes
  },
): Renewals {
  const { upstreamTokens, meansOf, now, monotonicNow } = options
  const times = options.times ?? RENEWAL_TIMES
  const { askMs, leaseMs, waitMs, pollMs, retryMs, downMs } = times
  const ask = createAsk({
    ...options,
    times,
    onDown: () => {
      downUntilMs = monotonicNow() + downMs
    },
  })
  const flights = new Map<string, Promise<Renewed>>()
  let downUntilMs = 0

  /** Counts the time since this process first saw a lease too, because the holder's clock may be ahead. */
  function createLeaseWatch() {
    let seen: { readonly holder: string; readonly sinceMs: number } | undefined
    return (lease: TokenLease | undefined): boolean => {
      if (!lease) return false
      if (seen?.holder !== lease.holder) seen = { holder: lease.holder, sinceMs: monotonicNow() }
      return now() < lease.untilMs && monotonicNow() < seen.sinceMs + leaseMs
    }
  }

  /** Soon after a failure. Otherwise, an upstream that is down would hold up every request for as long as it may. */
  function isLeftAlone({ retryAtMs = 0 }: HeldTokens): boolean {
    const isRecent = now() < retryAtMs && retryAtMs <= now() + retryMs
    return isRecent || monotonicNow() < downUntilMs
  }

  /** Undefined: somebody else was faster. */
  async function take(record: Opened, sub: string, purpose: string, before: HeldTokens) {
    const { lease } = record.value
    // Its holder was killed, and may have asked.
    const isUnanswered = lease?.purpose === purpose && meansOf(before) === 'refresh'
    const isInDoubt = before.isInDoubt || isUnanswered || undefined
    const holder = randomUUID()
    const asked: Asked = { sub, purpose, holder, before: { ...before, isInDoubt } }
    const mine: TokenLease = { holder, purpose, untilMs: now() + leaseMs }
    const next = { ...setHeld(record.value, purpose, asked.before), lease: mine }
    return (await upstreamTokens.write(record, next)) ? asked : undefined
  }

  const isUsable = (tokens: HeldTokens | undefined) =>
    tokens !== undefined && (tokens.hasEnded === true || meansOf(tokens) !== 'none')

  async function run({ sub, purposes, isDue }: Parameters<Renewals['renew']>[0]): Promise<Renewed> {
    const isLeased = createLeaseWatch()
    const giveUpAtMs = monotonicNow() + waitMs
    let hasAsked = false
    let wasDue = false
    for (;;) {
      const record = await upstreamTokens.open(sub)
      const purpose = purposes.find((each) => isUsable(record?.value.held[each])) ?? purposes[0]
      const tokens = purpose === undefined ? undefined : record?.value.held[purpose]
      if (!record || !tokens || purpose === undefined) return { kind: 'absent' }
      if (tokens.hasEnded) return { kind: 'ended' }
      if (hasAsked || !isDue(tokens)) return { kind: 'current', tokens, wasDue }
      wasDue = true
      if (!isUsable(tokens)) return { kind: 'absent' }
      if (isLeftAlone(tokens)) throw new AppError('upstream_unavailable')
      if (isLeased(record.value.lease)) {
        if (monotonicNow() + pollMs > giveUpAtMs) throw new AppError('upstream_unavailable')
        await delay(pollMs)
        continue
      }
      const asked = await take(record, sub, purpose, tokens)
      if (asked) await ask(asked, Math.min(askMs, giveUpAtMs - monotonicNow()))
      hasAsked = asked !== undefined
    }
  }

  return {
    renew(renewal) {
      const key = JSON.stringify([renewal.sub, renewal.purposes, renewal.need])
      const flight = flights.get(key) ?? run(renewal).finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
  }
}
