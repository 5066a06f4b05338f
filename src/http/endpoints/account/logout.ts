// Sign-out that a client asks for (OpenID Connect RP-Initiated Logout 1.0): GET /logout · POST …/confirm. The person always
// decides on the page, grants stay, and the upstream hears nothing (docs/adr/0037-signing-out.md).
import type { RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { Config } from '../../../config/load.ts'
import type { CsrfTokens } from '../../../crypto/csrf-token.ts'
import { labelAccount } from '../../../domain/account.ts'
import type { LogoutRequest, ResolveLogout } from '../../../domain/logout-request.ts'
import type { BrowserSessions } from '../../../provider/browser-sessions.ts'
import { offerRetryAt } from '../../middleware/error-handler.ts'
import { formOfSession, readOwnForm } from '../../own-form.ts'
import { createPageFrame } from '../../page-frame.ts'
import { requestState } from '../../request-state.ts'
import { accountPath, ROUTES } from '../../routes.ts'
import { renderLogoutPage } from '../../views/account/logout-page.ts'
import { renderMessagePage } from '../../views/message-page.ts'

export interface LogoutEndpoints {
  readonly ask: RouterMiddleware
  readonly confirm: RouterMiddleware
}

export function logoutEndpoints(options: {
  browserSessions: BrowserSessions
  resolveLogout: ResolveLogout
  csrfTokens: CsrfTokens
  config: Pick<Config, 'upstream'>
}): LogoutEndpoints {
  const { browserSessions, resolveLogout, csrfTokens } = options

  async function resolve(ctx: Context, given: URLSearchParams): Promise<LogoutRequest> {
    const request = await resolveLogout({
      idTokenHint: given.get('id_token_hint') || undefined,
      clientId: given.get('client_id') || undefined,
      redirectUri: given.get('post_logout_redirect_uri') || undefined,
      state: given.get('state') ?? undefined,
    })
    const state = requestState(ctx)
    state.clientId = request.client?.id
    if (request.problem) {
      state.fault = { error: 'invalid_request', detail: request.problem, cause: undefined }
    }
    return request
  }

  return {
    async ask(ctx) {
      ctx.set('Cache-Control', 'no-store')
      const query = new URLSearchParams(ctx.querystring)
      const { client, destination } = await resolve(ctx, query)
      const session = await browserSessions.find(ctx)
      if (!session) return showSignedOut(ctx, destination)
      const data = {
        accountLabel: labelAccount(session.account),
        upstreamName: options.config.upstream.name,
        client,
        destination,
        state: query.get('state') ?? undefined,
        confirmAction: ROUTES.logoutConfirmation.path,
        stayHref: accountPath(),
        csrfToken: csrfTokens.create(formOfSession(session.uid)),
      }
      ctx.type = 'html'
      ctx.body = renderLogoutPage(data, createPageFrame(ctx))
      return undefined
    },

    async confirm(ctx) {
      ctx.set('Cache-Control', 'no-store')
      const session = await browserSessions.find(ctx)
      const id = session && formOfSession(session.uid)
      const form = await readOwnForm(ctx, csrfTokens, id).catch(offerRetryAt(accountPath()))
      // The page has named the address, and the form has come from it.
      const { destination } = await resolve(ctx, form)
      await browserSessions.end(ctx)
      ctx.status = 303
      ctx.redirect(destination?.url ?? accountPath('signed-out'))
    },
  }
}

/** Nobody is signed in with this browser, so there is nothing to ask. */
function showSignedOut(ctx: Context, destination: LogoutRequest['destination']): void {
  if (destination?.isTrusted) {
    ctx.status = 303
    ctx.redirect(destination.url)
    return
  }
  const frame = createPageFrame(ctx)
  const { logout, message } = frame.catalogue
  // RFC 9700 §4.11.2: nobody vouches for the address, and the person has not read it yet.
  const action = destination?.target.kind === 'https' && {
    label: message.goOnTo(destination.target.host),
    href: destination.url,
    kind: 'secondary' as const,
  }
  const page = {
    title: logout.signedOutTitle,
    message: logout.signedOut,
    advice: action ? [message.onlyIfKnown] : [],
    actions: action ? [action] : [],
  }
  ctx.type = 'html'
  ctx.body = renderMessagePage(page, frame)
}
