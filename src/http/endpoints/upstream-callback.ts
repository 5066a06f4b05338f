// The redirect back from the upstream: completes the login and resumes the approved authorization request.
import type { RouterMiddleware } from '@koa/router'
import type { Login } from '../../domain/login.ts'
import { AppError, findAppError } from '../../errors.ts'
import type { Interactions } from '../../provider/authorization/interactions.ts'
import type { BrowserBinding } from '../browser-binding.ts'
import { PageError } from '../middleware/error-handler.ts'
import { noteInteraction } from '../request-state.ts'
import { interactionPath } from '../routes.ts'
import type { AccessGate } from './access-gate.ts'
import { rejectAfterUpstreamFailure } from './upstream-failure.ts'

export function upstreamCallback(options: {
  interactions: Interactions
  login: Login
  accessGate: AccessGate
  interactionBinding: Pick<BrowserBinding, 'isBound'>
  loginBinding: BrowserBinding
}): RouterMiddleware {
  const { interactions, login, accessGate, interactionBinding, loginBinding } = options

  return async function finishLogin(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const state = new URLSearchParams(ctx.querystring).get('state')
    // Checked before the attempt is consumed, so that a stranger with the link cannot end it.
    if (state === null || !loginBinding.isBound(ctx, state)) {
      throw new AppError('login_attempt_foreign')
    }
    const boundUid = loginBinding.findParentId(ctx, state)
    // Read while the attempt is taken: two commands in one round trip.
    const reading = boundUid === undefined ? undefined : interactions.getByUid(boundUid)
    reading?.catch(() => {})
    const attempt = await login.take(state).catch(offerRetry(boundUid))
    loginBinding.clear(ctx, state)
    const { interactionUid: uid } = attempt
    if (!interactionBinding.isBound(ctx, uid)) throw new AppError('login_attempt_foreign')
    const isRead = reading !== undefined && uid === boundUid
    const pending = await (isRead ? reading : interactions.getByUid(uid)).catch(offerRetry(uid))
    noteInteraction(ctx, pending)
    try {
      const { account, authTime } = await login.complete(attempt, { state, search: ctx.search })
      const scopes = accessGate.admit(ctx, { pending, account, isApproved: true })
      if (!scopes) return
      ctx.status = 303
      ctx.redirect(await interactions.approveWithLogin(ctx, pending, { account, authTime, scopes }))
    } catch (error) {
      const failurePage = await rejectAfterUpstreamFailure(interactions, pending, error)
      throw failurePage ?? offerRetry(uid)(error)
    }
  }
}

/** The login attempt is consumed, but its interaction may still be pending: the page links back to it. */
function offerRetry(uid: string | undefined) {
  return (error: unknown): never => {
    const fault = findAppError(error)
    const isFinal = fault?.status !== 503 && fault?.code !== 'login_attempt_spent'
    if (!fault || uid === undefined || isFinal) throw error
    throw new PageError(fault, [{ label: 'tryAgain', href: interactionPath(uid), kind: 'primary' }])
  }
}
