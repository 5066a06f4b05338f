// The redirect back from the upstream: completes the login, and resumes the approved authorization request or opens the
// account page.
import type { RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { Login } from '../../domain/login.ts'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { AppError, findAppError } from '../../errors.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { Interactions } from '../../provider/authorization/interactions.ts'
import type { BrowserSessions } from '../../provider/browser-sessions.ts'
import type { LoginAttempt } from '../../records/record-values.ts'
import type { BrowserBinding } from '../browser-binding.ts'
import { offerRetryAt } from '../middleware/error-handler.ts'
import { noteInteraction } from '../request-state.ts'
import { accountPath, connectPath, interactionPath } from '../routes.ts'
import type { AccessGate } from './access-gate.ts'
import { rejectAfterUpstreamFailure } from './upstream-failure.ts'

export function upstreamCallback(options: {
  interactions: Interactions
  browserSessions: Pick<BrowserSessions, 'begin'>
  login: Login
  accessGate: AccessGate
  interactionBinding: Pick<BrowserBinding, 'isBound'>
  loginBinding: BrowserBinding
  servers: ResourceServers
}): RouterMiddleware {
  const { interactions, login, accessGate, servers } = options
  const { interactionBinding, loginBinding } = options

  /** A sign-in outside any authorization request: for the account page, or to connect a resource server. */
  async function signIn(ctx: Context, attempt: LoginAttempt, state: string) {
    const { connects } = attempt
    const ownPage = connects === undefined ? accountPath() : connectPath(connects)
    try {
      const server = connects === undefined ? undefined : servers.find(connects)
      const target = server && { ...server, scopes: Object.keys(server.scopes) }
      const signedIn = await login.complete(attempt, { state, search: ctx.search }, target)
      const { account, authTime } = signedIn
      if (!accessGate.admitVisit(ctx, { ...signedIn, server })) return
      await options.browserSessions.begin(ctx, { account, authTime })
    } catch (error) {
      offerRetryAt(ownPage)(error)
    }
    ctx.status = 303
    ctx.redirect(ownPage)
  }

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
    if (uid === undefined) return signIn(ctx, attempt, state)
    if (!interactionBinding.isBound(ctx, uid)) throw new AppError('login_attempt_foreign')
    const isRead = reading !== undefined && uid === boundUid
    const pending = await (isRead ? reading : interactions.getByUid(uid)).catch(offerRetry(uid))
    noteInteraction(ctx, pending)
    try {
      const { listedScopes } = attempt
      const asked = listedScopes ?? parseScope(pending.scope)
      const target = { resource: pending.resource, scopes: asked }
      const signedIn = await login.complete(attempt, { state, search: ctx.search }, target)
      const { account, authTime } = signedIn
      const isApproved = listedScopes === undefined
      const scopes = accessGate.admit(ctx, { pending, account, scopes: asked, isApproved })
      if (!scopes) return
      ctx.status = 303
      ctx.redirect(await interactions.approveWithLogin(ctx, pending, { account, authTime, scopes }))
    } catch (error) {
      const failurePage = await rejectAfterUpstreamFailure(interactions, pending, error)
      throw failurePage ?? offerRetry(uid)(error)
    }
    return undefined
  }
}

/**
 * The login attempt is consumed, but its interaction may still be pending: the page links back to it.
 * @param uid undefined: the attempt is the account page's
 */
function offerRetry(uid: string | undefined) {
  return (error: unknown): never => {
    if (uid === undefined) return offerRetryAt(accountPath())(error)
    const fault = findAppError(error)
    const isFinal = fault?.status !== 503 && fault?.code !== 'login_attempt_spent'
    if (!fault || isFinal) throw error
    return offerRetryAt(interactionPath(uid))(error)
  }
}
