// The way back from the upstream: finish the login, then let the engine go on with what was approved.
import type { RouterMiddleware } from '@koa/router'
import type { Login } from '../domain/login.ts'
import { AppError } from '../errors.ts'
import type { Interactions } from '../provider/interactions.ts'
import type { LoginAttemptCookie } from './login-attempt-cookie.ts'
import { noteInteraction } from './request-log.ts'
import { describeUpstreamFailure } from './upstream-failure.ts'

export function upstreamCallback(options: {
  interactions: Interactions
  login: Login
  loginAttemptCookie: LoginAttemptCookie
}): RouterMiddleware {
  const { interactions, login, loginAttemptCookie } = options

  return async function finishLogin(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const state = new URLSearchParams(ctx.querystring).get('state') ?? ''
    // Checked before the attempt is spent, so that a stranger with the link cannot end it.
    if (!loginAttemptCookie.isHeld(ctx, state)) throw new AppError('login_attempt_foreign')
    const attempt = await login.take(state)
    loginAttemptCookie.clear(ctx, state)
    const pending = await interactions.getByUid(attempt.interactionUid)
    noteInteraction(ctx, pending)
    try {
      const account = await login.complete(attempt, { state, search: ctx.search })
      ctx.status = 303
      ctx.redirect(await interactions.approveWithLogin(ctx, pending, account.sub))
    } catch (error) {
      throw await describeUpstreamFailure(interactions, pending, error)
    }
  }
}
