// Translates the errors of openid-client into ours, with a hint for the operator as their cause.
import {
  AuthorizationResponseError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { DeadlineError } from '../deadline.ts'
import { AppError, type AppErrorCode, findAppError } from '../errors.ts'
import { UpstreamUnreachable } from './upstream-fetch.ts'

// OpenID Connect Core §3.1.2.6 and RFC 6749 §4.1.2.1: the person or the upstream refused.
const REFUSALS = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
])

/** The upstream no longer accepts an access token that has not expired. */
export class AccessTokenRefused extends Error {
  override readonly name = 'AccessTokenRefused'
}

/** A fault of the upstream, or of our settings there, whose message tells the operator what to do. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault'
}

export function toAppError(error: unknown): AppError {
  return findAppError(error) ?? new AppError(toErrorCode(error), { cause: addOperatorHint(error) })
}

/** For requests with tokens that the upstream issued earlier: it may have ended them. */
export function toRefreshError(error: unknown): AppError {
  return isCausedBy(error, isEndOfGrant)
    ? new AppError('upstream_grant_ended', { cause: error })
    : toAppError(error)
}

/**
 * Whether the authorization response caused the error. A browser can make one up, again and again: it is no sign that
 * endpoints or keys of the upstream have changed.
 */
export function isCausedByResponse(error: unknown): boolean {
  return isCausedBy(
    error,
    (cause) => cause instanceof AuthorizationResponseError || isEndOfGrant(cause),
  )
}

function isEndOfGrant(cause: Error): boolean {
  if (cause instanceof AccessTokenRefused) return true
  // RFC 6749 §5.2. Nothing else is final.
  return cause instanceof ResponseBodyError && cause.error === 'invalid_grant'
}

/** Puts what the operator can do first. Names the settings to check, if the upstream rejected our client credentials (RFC 6749 §5.2). */
function addOperatorHint(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UpstreamFault) return new Error(cause.message, { cause: error })
  }
  if (isCausedBy(error, (cause) => cause instanceof AccessTokenRefused)) return error
  const isRejected = isCausedBy(
    error,
    (cause) =>
      cause instanceof WWWAuthenticateChallengeError ||
      (cause instanceof ResponseBodyError && cause.error === 'invalid_client'),
  )
  if (!isRejected) return error
  return new Error(
    'the upstream does not accept UPSTREAM_CLIENT_ID, UPSTREAM_CLIENT_SECRET or UPSTREAM_AUTH_METHOD',
    { cause: error },
  )
}

function isCausedBy(error: unknown, is: (cause: Error) => boolean): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (is(cause)) return true
  }
  return false
}

function toErrorCode(error: unknown): AppErrorCode {
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
