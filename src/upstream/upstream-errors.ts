// The upstream's errors in our terms: nothing above relying-party.ts sees an error of openid-client.
import {
  AuthorizationResponseError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { DeadlineError } from '../deadline.ts'
import type { AppErrorCode } from '../errors.ts'
import { UpstreamUnreachable } from './upstream-fetch.ts'

// OpenID Connect Core §3.1.2.6 and RFC 6749 §4.1.2.1: the person or the upstream refused.
const REFUSALS = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])

/** Names the settings to check, if the upstream rejected our client credentials (RFC 6749 §5.2). */
export function addOperatorHint(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const isRejected =
      cause instanceof WWWAuthenticateChallengeError ||
      (cause instanceof ResponseBodyError && cause.error === 'invalid_client')
    if (isRejected) {
      const settings = 'UPSTREAM_CLIENT_ID, UPSTREAM_CLIENT_SECRET or UPSTREAM_AUTH_METHOD'
      return new Error(`the upstream does not accept ${settings}`, { cause: error })
    }
  }
  return error
}

/**
 * Whether the authorization response caused the error. A browser can make one up, again and again: it is no sign that
 * endpoints or keys of the upstream have changed.
 */
export function isCausedByResponse(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AuthorizationResponseError) return true
    if (cause instanceof ResponseBodyError && cause.error === 'invalid_grant') return true
  }
  return false
}

/** RFC 6749 §5.2: the upstream says that a refresh token is no longer valid. Nothing else is final. */
export function isEndOfGrant(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ResponseBodyError) return cause.error === 'invalid_grant'
  }
  return false
}

export function toErrorCode(error: unknown): AppErrorCode {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UpstreamUnreachable || cause instanceof DeadlineError)
      return 'upstream_unavailable'
    if (cause instanceof AuthorizationResponseError) {
      if (REFUSALS.has(cause.error)) return 'upstream_denied'
      return cause.error === 'temporarily_unavailable' ? 'upstream_unavailable' : 'upstream_failed'
    }
    if (cause instanceof ResponseBodyError) return 'upstream_failed'
  }
  return 'upstream_failed'
}
