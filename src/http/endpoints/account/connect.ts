// Where a person connects an MCP server with the upstream: token exchange sends them here if there are no tokens
// (provider/tokens/token-exchange.ts). The sign-in belongs to the page itself. GET /connect · POST /connect
import type { RouterMiddleware } from '@koa/router'
import type { Config } from '../../../config/load.ts'
import type { CsrfTokens } from '../../../crypto/csrf-token.ts'
import { labelAccount } from '../../../domain/account.ts'
import type { Login } from '../../../domain/login.ts'
import type { ResourceServer, ResourceServers } from '../../../domain/resource-server.ts'
import type { UpstreamTokenService } from '../../../domain/upstream-tokens/create-upstream-tokens.ts'
import { AppError } from '../../../errors.ts'
import type { BrowserSessions } from '../../../provider/browser-sessions.ts'
import type { BrowserBinding, Visits } from '../../browser-binding.ts'
import { offerRetryAt } from '../../middleware/error-handler.ts'
import { formOfVisit, readOwnForm } from '../../own-form.ts'
import { createPageFrame } from '../../page-frame.ts'
import { connectPath, ROUTES } from '../../routes.ts'
import { renderConnectedPage, renderConnectPage } from '../../views/account/connect-page.ts'

export function connectEndpoints(options: {
  browserSessions: Pick<BrowserSessions, 'find'>
  login: Pick<Login, 'begin'>
  csrfTokens: CsrfTokens
  loginBinding: Pick<BrowserBinding, 'set'>
  visits: Visits
  servers: ResourceServers
  upstreamTokens: Pick<UpstreamTokenService, 'isConnected' | 'isExchanged' | 'scopesOf'>
  config: Pick<Config, 'upstream'>
}): { readonly show: RouterMiddleware; readonly begin: RouterMiddleware } {
  const { browserSessions, login, csrfTokens, visits, servers, upstreamTokens } = options
  const upstreamName = options.config.upstream.name

  /** @throws AppError not_found, also for an MCP server that may not exchange */
  function getServer(resource: string | null): ResourceServer {
    const server = resource === null ? undefined : servers.find(resource)
    if (server && upstreamTokens.isExchanged(server.resource)) return server
    throw new AppError('not_found')
  }

  return {
    async show(ctx) {
      const server = getServer(new URLSearchParams(ctx.querystring).get('resource'))
      const resource = { name: server.name, uri: server.resource }
      const session = await browserSessions.find(ctx)
      const frame = createPageFrame(ctx)
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      if (session && (await upstreamTokens.isConnected(session.account.sub, server.resource))) {
        const accountLabel = labelAccount(session.account)
        ctx.body = renderConnectedPage({ resource, upstreamName, accountLabel }, frame)
        return
      }
      const data = {
        resource,
        upstreamName,
        scopes: upstreamTokens.scopesOf(server.resource),
        connectAction: ROUTES.connect.path,
        csrfToken: csrfTokens.create(formOfVisit(visits.begin(ctx))),
      }
      ctx.body = renderConnectPage(data, frame)
    },

    async begin(ctx) {
      const visit = visits.find(ctx)
      const id = visit === undefined ? undefined : formOfVisit(visit)
      const form = await readOwnForm(ctx, csrfTokens, id)
      const { resource } = getServer(form.get('resource'))
      const scopes = upstreamTokens.scopesOf(resource)
      const prompt = form.get('account') === 'another' ? 'select_account' : undefined
      const request = { prompt, maxAgeSeconds: undefined, loginHint: undefined, scopes } as const
      const { url, state } = await login
        .begin(undefined, request, { connects: resource })
        .catch(offerRetryAt(connectPath(resource)))
      options.loginBinding.set(ctx, state)
      ctx.status = 303
      ctx.redirect(url)
    },
  }
}
