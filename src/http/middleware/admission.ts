// Bounds the requests in progress. What comes on top is told at once to try again, so that the requests that were
// admitted are answered in time. routes.ts says how full the server may be for each route.
import type { IncomingMessage } from 'node:http'
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { createEpisodeLog } from '../episode-log.ts'
import { requestState } from '../request-state.ts'
import { isArrived } from './request-deadline.ts'

const QUIET_MS = 10_000
/** A body that takes longer to arrive gives its place to others meanwhile: slow senders must not fill the server. */
const ARRIVAL_MS = 100
/** Clients that are refused together must not come back together. */
const RETRY_SECONDS = { least: 1, most: 5 } as const

export function admission(options: {
  maxRequests: number
  logger: Pick<Logger, 'warn' | 'info'>
  random?: () => number
}): Middleware {
  const { maxRequests, logger, random = Math.random } = options
  const refusals = createEpisodeLog({
    quietMs: QUIET_MS,
    onBegin: () =>
      logger.warn({ maxRequests }, 'requests are refused: see connections.maxRequests'),
    onEnd: (refused) => logger.info({ refused }, 'requests are no longer refused'),
  })
  let inProgress = 0

  /** @returns a function that gives the place back */
  function takePlace(req: IncomingMessage): () => void {
    let isTaken = true
    inProgress += 1
    const leave = (): void => {
      if (isTaken) inProgress -= 1
      isTaken = false
    }
    if (isArrived(req)) return leave
    const timer = setTimeout(leave, ARRIVAL_MS)
    const arrive = (): void => {
      clearTimeout(timer)
      if (!isTaken) inProgress += 1
      isTaken = true
    }
    req.once('end', arrive)
    return () => {
      clearTimeout(timer)
      req.off('end', arrive)
      leave()
    }
  }

  return async function admitRequest(ctx, next) {
    const share = requestState(ctx).route?.fullness
    if (share === undefined) return next()
    if (inProgress >= Math.max(1, maxRequests * share)) {
      refusals.note()
      const { least, most } = RETRY_SECONDS
      const retryAfterSeconds = least + Math.floor(random() * (most - least + 1))
      throw new AppError('overloaded', { retryAfterSeconds })
    }
    const leave = takePlace(ctx.req)
    try {
      await next()
    } finally {
      leave()
    }
    return undefined
  }
}
