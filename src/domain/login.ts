// One sign-in at the upstream, in two halves with a redirect between. An attempt is stored only after the person
// approved (MCP security best practices, "confused deputy"), and it is taken once.
import { AppError } from '../errors.ts'
import type { LoginAttemptStore } from '../records/login-attempt-store.ts'
import type { LoginAttempt, StoredAccount } from '../records/record-values.ts'
import type { Identity } from '../upstream/identity.ts'
import type { LoginRequest, RelyingParty } from '../upstream/relying-party.ts'
import type { Accounts } from './account.ts'

export interface Login {
  /** Set `state` as a cookie before you send the browser to `url`. */
  begin(interactionUid: string, request: LoginRequest): Promise<{ url: string; state: string }>
  /** Takes the attempt of `state`, which can be taken once. @throws AppError login_attempt_spent */
  take(state: string): Promise<LoginAttempt>
  /** @throws AppError upstream_denied, upstream_unavailable, upstream_failed */
  complete(
    attempt: LoginAttempt,
    answer: { state: string; search: string },
  ): Promise<{ account: StoredAccount; authTime: Identity['authTime'] }>
}

export function createLogin(options: {
  relyingParty: RelyingParty
  attempts: LoginAttemptStore
  accounts: Pick<Accounts, 'remember'>
}): Login {
  const { relyingParty, attempts, accounts } = options
  return {
    async begin(interactionUid, request) {
      const { url, state, nonce, codeVerifier } = await relyingParty.begin(request)
      const { maxAgeSeconds } = request
      await attempts.save(state, { interactionUid, nonce, codeVerifier, maxAgeSeconds })
      return { url, state }
    },
    async take(state) {
      const attempt = await attempts.take(state)
      if (!attempt) throw new AppError('login_attempt_spent')
      return attempt
    },
    async complete(attempt, { state, search }) {
      const { nonce, codeVerifier, maxAgeSeconds } = attempt
      const identity = await relyingParty.complete(search, {
        state,
        nonce,
        codeVerifier,
        maxAgeSeconds,
      })
      return { account: await accounts.remember(identity), authTime: identity.authTime }
    },
  }
}
