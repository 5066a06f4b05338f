// Bounds the requests in progress, so that those that are let in are answered in time. The rest is told at once to try
// again: by quick-refusals.ts, or by middleware/admission.ts. routes.ts says how full the server may be for each route.
import type { IncomingMessage } from 'node:http'
import type { Logger } from '../log.ts'
import { createEpisodeLog } from './episode-log.ts'
import { isArrived } from './middleware/request-deadline.ts'
import type { Route } from './routes.ts'

const QUIET_MS = 10_000
/** A body that takes longer to arrive gives its place to others meanwhile: slow senders must not fill the server. */
const ARRIVAL_MS = 100
/** Clients that are refused together must not come back together. */
const RETRY_SECONDS = { least: 1, most: 5 } as const

export interface Admission {
  /** Whether the server is too full for a request to this route. */
  isFull(route: Route | undefined): boolean
  /** Counts a request as in progress. @returns a function to call when it is answered */
  enter(req: IncomingMessage): () => void
  /** Counts a refusal. @returns for the response's Retry-After header */
  refuse(): { retryAfterSeconds: number }
}

export function createAdmission(options: {
  maxRequests: number
  logger: Pick<Logger, 'warn' | 'info'>
  random?: () => number
}): Admission {
  const { maxRequests, logger, random = Math.random } = options
  const refusals = createEpisodeLog({
    quietMs: QUIET_MS,
    onBegin: () =>
      logger.warn({ maxRequests }, 'requests are refused: see connections.maxRequests'),
    onEnd: (refused) => logger.info({ refused }, 'requests are no longer refused'),
  })
  let inProgress = 0

  return {
    isFull(route) {
      const fullness = route?.fullness
      return fullness !== undefined && inProgress >= Math.max(1, maxRequests * fullness)
    },
    enter(req) {
      let isCounted = true
      inProgress += 1
      const leave = (): void => {
        if (isCounted) inProgress -= 1
        isCounted = false
      }
      if (isArrived(req)) return leave
      const timer = setTimeout(leave, ARRIVAL_MS)
      const arrive = (): void => {
        clearTimeout(timer)
        if (!isCounted) inProgress += 1
        isCounted = true
      }
      req.once('end', arrive)
      return () => {
        clearTimeout(timer)
        req.off('end', arrive)
        leave()
      }
    },
    refuse() {
      refusals.note()
      const { least, most } = RETRY_SECONDS
      return { retryAfterSeconds: least + Math.floor(random() * (most - least + 1)) }
    },
  }
}
