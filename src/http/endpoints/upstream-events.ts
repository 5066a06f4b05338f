// Requests of the upstream without a browser: POST /backchannel-logout (OpenID Connect Back-Channel Logout 1.0 §2.5) and
// POST /global-token-revocation (draft-parecki-oauth-global-token-revocation-06).
import type { RouterMiddleware } from '@koa/router'
import type { UpstreamEvents } from '../../domain/access/upstream-events.ts'
import { AppError } from '../../errors.ts'
import { readForm, readJson } from '../form-body.ts'

export function upstreamEventEndpoints({ upstreamEvents }: { upstreamEvents: UpstreamEvents }): {
  readonly logOut: RouterMiddleware
  readonly revoke: RouterMiddleware
} {
  return {
    async logOut(ctx) {
      ctx.set('Cache-Control', 'no-store')
      const tokens = (await readForm(ctx)).getAll('logout_token')
      const [token] = tokens
      if (token === undefined || tokens.length > 1) throw new AppError('invalid_logout_token')
      await upstreamEvents.logOut(token)
      ctx.status = 200
      ctx.body = ''
    },

    async revoke(ctx) {
      ctx.set('Cache-Control', 'no-store')
      const [, token] = /^Bearer +([^ ]+)$/i.exec(ctx.get('Authorization')) ?? []
      if (token === undefined) throw new AppError('revocation_token_missing')
      await upstreamEvents.revoke(token, await readJson(ctx))
      ctx.status = 204
    },
  }
}
