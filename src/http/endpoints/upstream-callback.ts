// The way back from the upstream: finish the login, then let the engine go on with what was approved.
import type { RouterMiddleware } from '@koa/router'
import type { Login } from '../../domain/login.ts'
import { AppError, findAppError } from '../../errors.ts'
import type { Interactions } from '../../provider/authorization/interactions.ts'
import type { BrowserBinding } from '../browser-binding.ts'
import { PageError } from '../middleware/error-handler.ts'
import { noteInteraction } from '../request-state.ts'
import { interactionPath } from '../routes.ts'
import { rejectAfterFailure } from './upstream-failure.ts'

export function upstreamCallback(options: {
  interactions: Interactions
  login: Login
  interactionBinding: BrowserBinding
  loginBinding: BrowserBinding
}): RouterMiddleware {
  const { interactions, login, interactionBinding, loginBinding } = options

  return async function finishLogin(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const state = new URLSearchParams(ctx.querystring).get('state')
    // Checked before the attempt is consumed, so that a stranger with the link cannot end it.
    if (state === null || !loginBinding.isHeld(ctx, state)) {
      throw new AppError('login_attempt_foreign')
    }
    const owner = loginBinding.findOwner(ctx, state)
    const attempt = await login.take(state).catch(offerAnotherTry(owner))
    loginBinding.clear(ctx, state)
    const { interactionUid: uid } = attempt
    if (!interactionBinding.isHeld(ctx, uid)) throw new AppError('login_attempt_foreign')
    const pending = await interactions.getByUid(uid).catch(offerAnotherTry(uid))
    noteInteraction(ctx, pending)
    try {
      const { account, authTime } = await login.complete(attempt, { state, search: ctx.search })
      ctx.status = 303
      ctx.redirect(await interactions.approveWithLogin(ctx, pending, account.sub, authTime))
      interactionBinding.clear(ctx, uid)
    } catch (error) {
      const failure = await rejectAfterFailure(interactions, pending, error)
      throw failure === error ? offerAnotherTry(uid)(error) : failure
    }
  }
}

/** The attempt is spent, the interaction may not be: the way on is its page. */
function offerAnotherTry(uid: string | undefined) {
  return (error: unknown): never => {
    const fault = findAppError(error)
    const isOver = fault?.status !== 503 && fault?.code !== 'login_attempt_spent'
    if (!fault || uid === undefined || isOver) throw error
    throw new PageError(fault, [{ label: 'tryAgain', href: interactionPath(uid), kind: 'primary' }])
  }
}
