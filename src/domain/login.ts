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

export interface Login {
  /**
   * Set `state` as a cookie before you send the browser to `url`.
   * @param interactionUid undefined: a sign-in for the account page, or to connect a resource server
   * @param connects the resource server that the person connects with the upstream
   */
  begin(
    interactionUid: string | undefined,
    request: LoginRequest,
    connects?: string,
  ): Promise<{ url: string; state: string }>
  /** Takes the attempt of `state`, which can be taken once. @throws AppError login_attempt_spent */
  take(state: string): Promise<LoginAttempt>
  /**
   * @throws AppError invalid_callback, upstream_denied, upstream_unavailable, upstream_failed, login_not_fresh,
   * account_disabled
   */
  complete(
    attempt: LoginAttempt,
    answer: { state: string; search: string },
  ): Promise<{
    account: StoredAccount
    authTime: Identity['authTime']
    /** domain/upstream-tokens keeps them if something needs them. */
    tokens: Identity['tokens']
  }>
}

export function createLogin(options: {
  relyingParty: RelyingParty
  attempts: LoginAttemptStore
  accounts: Pick<Accounts, 'remember' | 'subjectOf'>
  upstreamEvents: Pick<UpstreamEvents, 'note'>
  accessPolicy: Pick<AccessPolicy, 'allowsNothing'>
  /** For the audit log: a disabled account tried to sign in. */
  onRefused: (account: StoredAccount) => void
  now: () => number
}): Login {
  const { relyingParty, attempts, accounts, upstreamEvents } = options
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

  return {
    async begin(interactionUid, request, connects) {
      const { url, state, nonce, codeVerifier } = await relyingParty.begin(request)
      const { maxAgeSeconds } = request
      const begunAt = nowSeconds()
      const attempt = { interactionUid, connects, nonce, codeVerifier, maxAgeSeconds, begunAt }
      await attempts.save(state, attempt)
      return { url, state }
    },
    async take(state) {
      const attempt = await attempts.take(state)
      if (!attempt) throw new AppError('login_attempt_spent')
      return attempt
    },
    async complete(attempt, { state, search }) {
      const { nonce, codeVerifier } = attempt
      const identity = await relyingParty.complete(search, { state, nonce, codeVerifier })
      const authTime = plausible(identity.authTime)
      checkFreshness(attempt, authTime)
      const sub = await accounts.subjectOf(identity.sub)
      // Every account of the upstream can sign in here. Nothing is stored about people who may use no MCP server.
      const isStranger = options.accessPolicy.allowsNothing(identity)
      const [account] = await Promise.all([
        accounts.remember(identity, { isNewKept: !isStranger }),
        isStranger ? undefined : upstreamEvents.note(identity, sub),
      ])
      if (isDisabled(account)) {
        options.onRefused(account)
        throw new AppError('account_disabled')
      }
      return { account, authTime, tokens: identity.tokens }
    },
  }
}
