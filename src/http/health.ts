// GET /livez: the process answers. GET /readyz: it can serve, or the name of what is missing.
import type { RouterMiddleware } from '@koa/router'
import type { Store } from '../storage/store.ts'

export const livez: RouterMiddleware = (ctx) => {
  ctx.body = { status: 'ok' }
}

export function readyz({ store }: { store: Pick<Store, 'ping'> }): RouterMiddleware {
  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    try {
      await store.ping()
      ctx.body = { status: 'ok' }
    } catch {
      ctx.status = 503
      ctx.body = { status: 'unavailable', missing: ['store'] }
    }
  }
}
