// Work under the lease (renewal.ts): asks the upstream, stores new tokens before anything depends on them,
// and saves what the upstream says about the person.
import { setTimeout as delay } from 'node:timers/promises'
import { withDeadline } from '../../deadline.ts'
import { AppError, type AppErrorCode } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { UpstreamTokenStore } from '../../records/upstream/upstream-token-store.ts'
import type { HeldTokens } from '../../records/upstream/upstream-tokens.ts'
import type { Identity, UpstreamTokens } from '../../upstream/identity.ts'
import type { RelyingParty } from '../../upstream/relying-party.ts'
import { applyTokens, clearLease, setHeld, toUpstreamTokens } from './held-tokens.ts'
import type { UpdateIdentity } from './identity-updates.ts'
import type { Means } from './means.ts'

/** How the upstream can be asked with these tokens. */
type MeansOf = (tokens: HeldTokens) => Means

export interface Asked {
  readonly sub: string
  readonly purpose: string
  /** Of the lease. */
  readonly holder: string
  /** The tokens for the request to the upstream. */
  readonly before: HeldTokens
}

export interface AskOptions {
  readonly upstreamTokens: UpstreamTokenStore
  readonly relyingParty: Pick<RelyingParty, 'refresh' | 'readUserinfo'>
  readonly meansOf: MeansOf
  readonly onIdentity: UpdateIdentity
  /** The upstream did not answer. */
  readonly onDown: () => void
  readonly logger: Pick<Logger, 'warn'>
  readonly now: () => number
  readonly times: {
    readonly retryMs: number
    readonly storeRetryMs: number
    readonly storeAttempts: number
  }
}

/** The upstream says that the sign-in, or the person's access to this server, is over. */
const ENDS: ReadonlySet<AppErrorCode> = new Set([
  'upstream_grant_ended',
  'upstream_account_refused',
])

/**
 * @returns asks, stores the outcome and releases the lease. It throws AppError upstream_unavailable, upstream_failed or
 *   store_unavailable; the end of the tokens is an outcome.
 */
export function createAsk(
  options: AskOptions,
): (asked: Asked, deadlineMs: number) => Promise<void> {
  const { upstreamTokens, relyingParty, logger, now, times } = options

  /** The tokens as they are now belong to a sign-in or refresh after the one that was asked with. */
  const isSame = (tokens: HeldTokens | undefined, { before }: Asked): tokens is HeldTokens =>
    tokens !== undefined &&
    tokens.refreshToken === before.refreshToken &&
    (before.refreshToken !== undefined || tokens.accessToken === before.accessToken)

  /** Changes the tokens if they are still those that the upstream was asked with. */
  const settle = (asked: Asked, change: (tokens: HeldTokens) => HeldTokens | undefined) =>
    upstreamTokens.change(asked.sub, (known) => {
      const tokens = known?.held[asked.purpose]
      if (!known) return undefined
      const next = isSame(tokens, asked) ? setHeld(known, asked.purpose, change(tokens)) : known
      return known.lease?.holder === asked.holder ? clearLease(next) : next
    })

  /**
   * Stores new tokens before anything depends on them. The lease stays, until the account is saved too.
   * @returns the tokens as they are stored; undefined: a sign-in replaced them meanwhile, or they were removed
   */
  async function store(asked: Asked, given: UpstreamTokens): Promise<HeldTokens | undefined> {
    const next = applyTokens(asked.before, given)
    let isStored = false
    await upstreamTokens.change(asked.sub, (known) => {
      isStored = known !== undefined && isSame(known.held[asked.purpose], asked)
      return known && isStored ? setHeld(known, asked.purpose, next) : undefined
    })
    return isStored ? next : undefined
  }

  /** The upstream may have replaced the old tokens: an outage of the store must not lose the new ones. */
  async function storeSurely(asked: Asked, given: UpstreamTokens) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await store(asked, given)
      } catch (error) {
        if (attempt === times.storeAttempts) throw error
        await delay(times.storeRetryMs)
      }
    }
  }

  /** @param onStored gets what the record now has instead of the tokens that were asked with */
  async function ask(asked: Asked, onStored: (stored: Asked) => void): Promise<void> {
    const tokens = toUpstreamTokens(asked.before)
    if (options.meansOf(asked.before) === 'userinfo') {
      return confirm(asked, await relyingParty.readUserinfo(tokens))
    }
    let stored: Asked | undefined
    const identity = await relyingParty.refresh(tokens, async (given) => {
      const before = await storeSurely(asked, given)
      stored = before && { ...asked, before }
      if (stored) onStored(stored)
    })
    // Else a sign-in has replaced them meanwhile, or the access has ended.
    if (stored) await confirm(stored, identity)
  }

  /** Saves what the upstream said. The tokens of somebody else are no use. */
  async function confirm(asked: Asked, identity: Identity): Promise<void> {
    const isOwn = await options.onIdentity(asked.sub, identity)
    const confirmed = { checkedAtMs: now(), isUnconfirmed: undefined, retryAtMs: undefined }
    await settle(asked, (current) => (isOwn ? { ...current, ...confirmed } : undefined))
    if (!isOwn) logger.warn('the upstream answered with the tokens of another person')
  }

  /** The upstream rejects the tokens: they ended, or the answer that replaced them was lost. */
  async function end(asked: Asked, code: AppErrorCode): Promise<void> {
    const { isInDoubt, rotates } = asked.before
    const isLost = code === 'upstream_grant_ended' && isInDoubt === true && rotates !== false
    if (isLost) {
      logger.warn('the answer with new upstream tokens was lost: the person signs in again')
    }
    await settle(asked, (current) => (isLost ? undefined : { ...current, hasEnded: true }))
  }

  return async function askUpstream(given, deadlineMs) {
    let asked = given
    const asking = ask(given, (stored) => {
      asked = stored
    })
    try {
      // If it takes longer, the answer is still stored, unless somebody has stored a newer one.
      await withDeadline(asking, deadlineMs)
    } catch (error) {
      asking.catch(() => {})
      const code = error instanceof AppError ? error.code : 'upstream_unavailable'
      if (code === 'store_unavailable') throw error
      if (ENDS.has(code)) return end(asked, code)
      logger.warn({ err: error }, 'cannot ask the upstream about an account')
      const isDown = code === 'upstream_unavailable'
      if (isDown) options.onDown()
      // Any answer, even a wrong one, shows that the upstream did not replace the refresh token unnoticed.
      const isUnanswered = isDown && asked === given && options.meansOf(given.before) === 'refresh'
      const retryAtMs = now() + times.retryMs
      const isInDoubt = isUnanswered || asked.before.isInDoubt
      await settle(asked, (current) => ({ ...current, isInDoubt, retryAtMs }))
      throw error instanceof AppError ? error : new AppError(code, { cause: error })
    }
  }
}
