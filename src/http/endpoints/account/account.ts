// The account page: what a person has allowed, and the end of it. It needs no MCP client: the sign-in at the upstream
// belongs to the page itself. GET /account · POST …/sign-in · POST …/remove · POST …/sign-out
import type { RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { Config } from '../../../config/load.ts'
import type { CsrfTokens } from '../../../crypto/csrf-token.ts'
import type { AccessControl } from '../../../domain/access/end-access.ts'
import { labelAccount } from '../../../domain/account.ts'
import type { Login } from '../../../domain/login.ts'
import type { BrowserSessions } from '../../../provider/browser-sessions.ts'
import type { StoredAccount } from '../../../records/record-values.ts'
import type { BrowserBinding, Visits } from '../../browser-binding.ts'
import { offerRetryAt } from '../../middleware/error-handler.ts'
import { formOfSession, formOfVisit, readOwnForm } from '../../own-form.ts'
import { createPageFrame } from '../../page-frame.ts'
import { accountPath, ROUTES } from '../../routes.ts'
import {
  DONE,
  type Done,
  renderAccountPage,
  renderSignedOutPage,
} from '../../views/account/account-page.ts'
import type { GrantLister } from './shown-grants.ts'

export interface AccountEndpoints {
  readonly show: RouterMiddleware
  readonly signIn: RouterMiddleware
  readonly remove: RouterMiddleware
  readonly signOut: RouterMiddleware
}

export function accountEndpoints(options: {
  browserSessions: BrowserSessions
  login: Pick<Login, 'begin'>
  accessControl: Pick<AccessControl, 'endAccess' | 'endGrant'>
  csrfTokens: CsrfTokens
  loginBinding: Pick<BrowserBinding, 'set'>
  visits: Visits
  listGrants: GrantLister
  config: Pick<Config, 'upstream'>
}): AccountEndpoints {
  const { browserSessions, login, accessControl, csrfTokens, visits } = options
  const upstreamName = options.config.upstream.name

  /** The person who sent a form of the page. @throws PageError form_expired, also if nobody is signed in */
  async function readForm(
    ctx: Context,
  ): Promise<{ account: StoredAccount; form: URLSearchParams }> {
    const session = await browserSessions.find(ctx)
    const id = session && formOfSession(session.uid)
    const form = await readOwnForm(ctx, csrfTokens, id).catch(offerRetryAt(accountPath()))
    if (!session) throw new TypeError('a form without a session cannot be valid')
    return { account: session.account, form }
  }

  return {
    async show(ctx) {
      const session = await browserSessions.find(ctx)
      // A link from elsewhere must not claim that something was done.
      const isRedirect = ['', 'same-origin'].includes(ctx.get('Sec-Fetch-Site'))
      const done = DONE.find((known) => isRedirect && known === ctx.query['done'])
      const frame = createPageFrame(ctx)
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      if (!session) {
        const csrfToken = csrfTokens.create(formOfVisit(visits.begin(ctx)))
        const signInAction = ROUTES.accountSignIn.path
        ctx.body = renderSignedOutPage({ done, upstreamName, signInAction, csrfToken }, frame)
        return
      }
      const { account } = session
      const data = {
        done,
        accountLabel: labelAccount(account),
        upstreamName,
        ...(await options.listGrants(account, frame.catalogue)),
        removeAction: ROUTES.accountRemove.path,
        signOutAction: ROUTES.accountSignOut.path,
        csrfToken: csrfTokens.create(formOfSession(session.uid)),
      }
      ctx.body = renderAccountPage(data, frame)
    },

    async signIn(ctx) {
      const visit = visits.find(ctx)
      const id = visit === undefined ? undefined : formOfVisit(visit)
      const form = await readOwnForm(ctx, csrfTokens, id).catch(offerRetryAt(accountPath()))
      const prompt = form.get('account') === 'another' ? 'select_account' : undefined
      const request = { prompt, maxAgeSeconds: undefined, loginHint: undefined } as const
      const { url, state } = await login
        .begin(undefined, request)
        .catch(offerRetryAt(accountPath()))
      options.loginBinding.set(ctx, state)
      ctx.status = 303
      ctx.redirect(url)
    },

    async remove(ctx) {
      const { account, form } = await readForm(ctx)
      const { sub } = account
      const grant = form.get('grant') ?? ''
      if (form.get('everything') === 'yes') {
        await accessControl.endAccess({ sub, what: 'grants', reason: 'account_page' })
      } else if (grant !== '') {
        await accessControl.endGrant({ sub, grant, reason: 'account_page' })
      }
      goTo(ctx, 'removed')
    },

    async signOut(ctx) {
      const { account, form } = await readForm(ctx)
      const isEverywhere = form.get('where') === 'everywhere'
      if (isEverywhere) {
        await accessControl.endAccess({
          sub: account.sub,
          what: 'sessions',
          reason: 'account_page',
        })
      }
      await browserSessions.end(ctx)
      goTo(ctx, isEverywhere ? 'signed-out-everywhere' : 'signed-out')
    },
  }
}

function goTo(ctx: Context, done: Done): void {
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 303
  ctx.redirect(accountPath(done))
}
