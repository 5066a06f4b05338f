// One sign-in at the upstream, in two halves with a redirect between. An attempt is stored only after the person
// approved (MCP security best practices, "confused deputy"), and it is taken once.
import { AppError } from '../errors.ts'
import type { LoginAttemptStore } from '../records/login-attempt-store.ts'
import type { LoginAttempt, StoredAccount } from '../records/record-values.ts'
import type { LoginRequest } from '../upstream/authorization-request.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../upstream/discovered-upstream.ts'
import type { Identity } from '../upstream/identity.ts'
import type { RelyingParty } from '../upstream/relying-party.ts'
import type { AccessPolicy } from './access/access-policy.ts'
import { isDisabled } from './access/liveness.ts'
import type { UpstreamEvents } from './access/upstream-events.ts'
import type { Accounts } from './account.ts'
import type { RateLimits } from './rate-limits.ts'
import type { UpstreamTokenService } from './upstream-tokens/create-upstream-tokens.ts'

/** The purpose of a sign-in. */
interface SignInTarget {
  readonly resource: string
  readonly scopes: readonly string[]
}

export interface Login {
  /**
   * Set `state` as a cookie before you send the browser to `url`.
   * @param interactionUid undefined: a sign-in for the account page, or to connect a resource server
   * @param more what the sign-in is for
   * @throws AppError too_many_requests, upstream_unavailable, upstream_failed
   */
  begin(
    interactionUid: string | undefined,
    request: LoginRequest,
    more?: Pick<LoginAttempt, 'connects' | 'listedScopes'>,
  ): Promise<{ url: string; state: string }>
  /** Takes the attempt of `state`, which can be taken once. @throws AppError login_attempt_spent */
  take(state: string): Promise<LoginAttempt>
  /**
   * Stores what the upstream says about the person, and its tokens if something needs them.
   * @param target undefined: the account page. If the rules refuse the person there, no tokens are stored
   * @throws AppError invalid_callback, upstream_denied, upstream_unavailable, upstream_failed, login_not_fresh,
   * account_disabled
   */
  complete(
    attempt: LoginAttempt,
    answer: { state: string; search: string },
    target: SignInTarget | undefined,
  ): Promise<{
    account: StoredAccount
    authTime: Identity['authTime']
    /** The rules refuse the person everywhere, and there is no account: nothing has been stored. */
    isStranger: boolean
  }>
}

export function createLogin(options: {
  relyingParty: RelyingParty
  attempts: LoginAttemptStore
  accounts: Pick<Accounts, 'remember' | 'subjectOf'>
  upstreamEvents: Pick<UpstreamEvents, 'note'>
  accessPolicy: Pick<AccessPolicy, 'allowsNothing' | 'decide'>
  upstreamTokens: Pick<UpstreamTokenService, 'save' | 'forget'>
  spend: RateLimits['spend']
  /** For the audit log: a disabled account tried to sign in. */
  onRefused: (account: StoredAccount) => void
  now: () => number
}): Login {
  const { relyingParty, attempts, accounts, upstreamEvents, accessPolicy, upstreamTokens } = options
  const nowSeconds = () => Math.floor(options.now() / 1000)

  /**
   * OpenID Connect Core §3.1.2.1: `auth_time` proves that the person authenticated after the attempt began, or at
   * most `max_age` before. An upstream that does not send it proves nothing (docs/fresh-logins.md).
   */
  function checkFreshness({ maxAgeSeconds, begunAt }: LoginAttempt, authTime: number | undefined) {
    if (maxAgeSeconds === undefined) return
    const earliest = (begunAt ?? nowSeconds()) - maxAgeSeconds - CLOCK_TOLERANCE_SECONDS
    if (authTime === undefined || authTime < earliest) throw new AppError('login_not_fresh')
  }

  /** A time in the future, such as one in milliseconds, says nothing about the sign-in. */
  function plausible(authTime: number | undefined): number | undefined {
    const isPlausible = authTime !== undefined && authTime <= nowSeconds() + CLOCK_TOLERANCE_SECONDS
    return isPlausible ? authTime : undefined
  }

  const isRefused = (identity: Identity, target: SignInTarget | undefined) =>
    target !== undefined &&
    accessPolicy.decide(identity, target.resource, target.scopes).kind === 'refused'

  /** Everything that a sign-in leaves. */
  async function keep(identity: Identity, sub: string, target: SignInTarget | undefined) {
    // Every account of the upstream can sign in here. Nothing is stored about people who may use no MCP server.
    if (accessPolicy.allowsNothing(identity)) {
      const remembered = await accounts.remember(identity, { isNewKept: false })
      if (remembered.isKept) await upstreamEvents.note(identity, sub)
      return remembered
    }
    // The tokens before the account: if its access ends at this moment, they are removed, or the account says so.
    const saving = isRefused(identity, target)
      ? undefined
      : upstreamTokens.save(sub, target?.resource, identity.tokens)
    const [remembered] = await Promise.all([
      accounts.remember(identity),
      saving,
      upstreamEvents.note(identity, sub),
    ])
    return remembered
  }

  return {
    async begin(interactionUid, request, more) {
      const { url, state, nonce, codeVerifier } = await relyingParty.begin(request)
      // An interaction has been counted when it was stored.
      if (interactionUid === undefined) await options.spend('authorization')
      const { maxAgeSeconds } = request
      const begunAt = nowSeconds()
      const attempt = { ...more, interactionUid, nonce, codeVerifier, maxAgeSeconds, begunAt }
      await attempts.save(state, attempt)
      return { url, state }
    },
    async take(state) {
      const attempt = await attempts.take(state)
      if (!attempt) throw new AppError('login_attempt_spent')
      return attempt
    },
    async complete(attempt, { state, search }, target) {
      const { nonce, codeVerifier } = attempt
      const identity = await relyingParty.complete(search, { state, nonce, codeVerifier })
      const authTime = plausible(identity.authTime)
      checkFreshness(attempt, authTime)
      const sub = await accounts.subjectOf(identity.sub)
      const { account, isKept } = await keep(identity, sub, target)
      if (isDisabled(account)) {
        options.onRefused(account)
        await upstreamTokens.forget(sub)
        throw new AppError('account_disabled')
      }
      return { account, authTime, isStranger: !isKept }
    },
  }
}
