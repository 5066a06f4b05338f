// While the server stops, every answer tells its connection to close, so that a client or proxy that
// keeps connections takes its next request to another replica.
import type { Middleware } from 'koa'

export function draining({ isStopping }: { isStopping: () => boolean }): Middleware {
  return async function closeConnections(ctx, next) {
    await next()
    if (isStopping()) ctx.set('Connection', 'close')
  }
}
