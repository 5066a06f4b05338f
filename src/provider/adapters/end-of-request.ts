// The end of each request to the engine: what it had for itself alone is settled, and a browser whose
// request has failed for a reason of ours keeps the cookies with which it can ask again.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { hasUnsavedSession } from '../internals.ts'
import { type Claims, hasFailed } from './reservations.ts'

type Next = () => Promise<unknown>

export function settleRequests(provider: Provider, claims: Claims) {
  return async function settle(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
    try {
      await next()
    } catch (error) {
      // What is no error of the engine's becomes a 500 further out.
      ctx.status = 500
      throw error
    } finally {
      await claims.settle(ctx)
      // A code that nobody was given must not stand in a header.
      if (hasFailed(ctx) && !ctx.res.headersSent) ctx.remove('Location')
      // Nothing is known of a request for which the engine has no route.
      const { oidc } = ctx as Partial<KoaContextWithOIDC>
      if (oidc?.route === 'resume' && hasFailed(ctx)) keepCookies(provider, ctx)
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
