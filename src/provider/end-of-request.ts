// The end of each request that the engine handles: its reservations are settled, and after a 5xx no code
// leaves and the browser keeps the cookies that it needs to try again.
import type { KoaContextWithOIDC } from 'oidc-provider'
import { hasFailed, type Reservations } from './adapters/reservations.ts'
import { endpointOf } from './internals.ts'

type Next = () => Promise<unknown>

export function endOfRequest({ reservations }: { reservations: Reservations }) {
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
        // Cookies are cleared or replaced before the records that follow are written. The browser needs the old
        // ones, whose records are still there (session-adapter.ts).
        if (endpointOf(ctx) === 'resume') ctx.remove('Set-Cookie')
      }
    }
  }
}
