// The end of each request to the engine: what it had for itself alone is settled, and a browser whose
// request has failed for a reason of ours keeps the cookies with which it can ask again.
import type { Middleware } from 'koa'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type Claims, hasFailed } from './claims.ts'
import { hasUnsavedSession } from './internals.ts'

export function settleRequests(provider: Provider, claims: Claims): Middleware {
  return async function settle(ctx, next) {
    const engineCtx = ctx as KoaContextWithOIDC
    try {
      await next()
    } catch (error) {
      // What is no error of the engine's becomes a 500 further out.
      ctx.status = 500
      throw error
    } finally {
      await claims.settle(engineCtx)
      if (engineCtx.oidc?.route === 'resume' && hasFailed(engineCtx))
        keepCookies(provider, engineCtx)
    }
  }
}

function keepCookies(provider: Provider, ctx: KoaContextWithOIDC): void {
  if (ctx.res.headersSent) return
  // The engine has them cleared, or replaced, before it writes what they stand for.
  const kept = hasUnsavedSession(ctx) ? ['resume', 'session'] : ['resume']
  const names = kept.map((name) => provider.cookieName(name))
  const isKept = (line: string) =>
    names.some((name) => line.startsWith(`${name}=`) || line.startsWith(`${name}.sig=`))
  const lines = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String)
  ctx.res.setHeader(
    'Set-Cookie',
    lines.filter((line) => !isKept(line)),
  )
}
