// GET /livez: the process responds. GET /readyz: it can serve requests, or a 503 names what is missing, or says
// that the process stops.
import type { RouterMiddleware } from '@koa/router'
import { reasonOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Canary } from '../../records/canary/canary.ts'

export const livez: RouterMiddleware = (ctx) => {
  ctx.body = { status: 'ok' }
}

export function readyz(options: {
  canary: Pick<Canary, 'check'>
  logger: Pick<Logger, 'warn' | 'info'>
  isStopping: () => boolean
}): RouterMiddleware {
  const { canary, logger, isStopping } = options
  /** Why the server is not ready; undefined: it is. */
  let reported: string | undefined
  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    if (isStopping()) {
      ctx.status = 503
      ctx.body = { status: 'stopping' }
      return
    }
    try {
      await canary.check()
      if (reported !== undefined) logger.info('ready again')
      reported = undefined
      ctx.body = { status: 'ok' }
    } catch (err) {
      const reason = reasonOf(err)
      // Logged once for each cause of an outage, because probes come every few seconds.
      if (reason !== reported) logger.warn({ reason, err }, 'not ready: the store cannot be used')
      reported = reason
      ctx.status = 503
      ctx.body = { status: 'unavailable', missing: ['store'] }
    }
  }
}
