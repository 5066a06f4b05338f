// The end of each request that the engine handles: its reservations are settled, and after a 5xx no code
// leaves and the browser keeps the cookies that it needs to try again.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { hasFailed, type Reservations } from './adapters/reservations.ts'
import { endpointOf } from './internals.ts'

type Next = () => Promise<unknown>

export function endOfRequest(options: { provider: Provider; reservations: Reservations }) {
  const { provider, reservations } = options
  return async function settleRequest(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
    try {
      await next()
    } catch (error) {
      // An error that is not the engine's becomes a 500 further out.
      ctx.status = 500
      throw error
    } finally {
      reservations.settle(ctx)
      if (hasFailed(ctx) && !ctx.res.headersSent) {
        // It carries a code that is never delivered.
        ctx.remove('Location')
        if (endpointOf(ctx) === 'resume') keepCookies(provider, ctx)
      }
    }
  }
}

/**
 * Leaves the browser's session and resume cookies as they are. The engine clears or replaces them before it
 * writes the records that they name; the old records are still there (session-adapter.ts).
 */
function keepCookies(provider: Provider, ctx: KoaContextWithOIDC): void {
  const names = ['resume', 'session'].map((name) => provider.cookieName(name))
  const isKept = (line: string) =>
    names.some((name) => line.startsWith(`${name}=`) || line.startsWith(`${name}.sig=`))
  const lines = [ctx.res.getHeader('Set-Cookie') ?? []].flat().map(String)
  ctx.res.setHeader(
    'Set-Cookie',
    lines.filter((line) => !isKept(line)),
  )
}
