// GET /livez: the process responds. GET /readyz: it can serve requests, or a 503 names what is missing.
import type { RouterMiddleware } from '@koa/router'
import type { Logger } from '../../log.ts'
import type { Store } from '../../store/store.ts'

export const livez: RouterMiddleware = (ctx) => {
  ctx.body = { status: 'ok' }
}

export function readyz(options: {
  store: Pick<Store, 'ping'>
  logger: Pick<Logger, 'warn' | 'info'>
}): RouterMiddleware {
  const { store, logger } = options
  let isReady = true
  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    try {
      await store.ping()
      if (!isReady) logger.info('ready again')
      isReady = true
      ctx.body = { status: 'ok' }
    } catch (err) {
      // Logged once per outage, because probes come every few seconds.
      if (isReady) logger.warn({ err }, 'not ready: the store does not respond')
      isReady = false
      ctx.status = 503
      ctx.body = { status: 'unavailable', missing: ['store'] }
    }
  }
}
