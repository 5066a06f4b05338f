// The way back from the upstream: finish the login, then let the engine go on with what was approved.
import type { RouterMiddleware } from '@koa/router'
import type { Login } from '../domain/login.ts'
import { AppError } from '../errors.ts'
import type { Interactions, PendingInteraction, Rejection } from '../provider/interactions.ts'
import { PageError } from './error-handler.ts'
import type { LoginAttemptCookie } from './login-attempt-cookie.ts'
import { requestState } from './request-log.ts'

export function upstreamCallback(options: {
  interactions: Interactions
  login: Login
  loginAttemptCookie: LoginAttemptCookie
}): RouterMiddleware {
  const { interactions, login, loginAttemptCookie } = options

  /** The client learns of the failure when the person follows the page's link back to it. */
  async function describeFailure(pending: PendingInteraction, error: unknown): Promise<unknown> {
    if (!(error instanceof AppError)) return error
    const code = REJECTIONS[error.code]
    if (code === undefined) return error
    const returnTo = await interactions.reject(pending, code, error.description)
    return new PageError(error, [
      { label: 'Try again', href: `/interaction/${pending.uid}`, kind: 'primary' },
      { label: 'Go back to the client', href: new URL(returnTo).pathname, kind: 'secondary' },
    ])
  }

  return async function finishLogin(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const state = new URLSearchParams(ctx.querystring).get('state') ?? ''
    // Checked before the attempt is spent, so that a stranger with the link cannot end it.
    if (!loginAttemptCookie.isHeld(ctx, state)) throw new AppError('login_attempt_foreign')
    const attempt = await login.take(state)
    loginAttemptCookie.clear(ctx, state)
    const pending = await interactions.getByUid(attempt.interactionUid)
    requestState(ctx).clientId = pending.client.id
    try {
      const account = await login.complete(attempt, { state, search: ctx.search })
      ctx.status = 303
      ctx.redirect(await interactions.approveWithLogin(ctx, pending, account.sub))
    } catch (error) {
      throw await describeFailure(pending, error)
    }
  }
}

const REJECTIONS: Partial<Record<AppError['code'], Rejection>> = {
  upstream_denied: 'access_denied',
  upstream_failed: 'server_error',
  upstream_unavailable: 'temporarily_unavailable',
}
