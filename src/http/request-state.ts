// What middleware learns of a request and leaves for others: its id, log, route, pages and fault.
import { randomBytes } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Logger } from '../log.ts'
import type { EngineFault } from '../provider/create-provider.ts'
import type { FindRoute, Route } from './routes.ts'
import type { Site } from './views/site.ts'

export interface RequestState {
  requestId: string
  log: Logger
  site: Site
  /** Undefined: no route has this path. */
  route: Route | undefined
  clientId?: string
  /** Why the request failed, for its log line. */
  fault?: EngineFault
  /** The languages that the client asked for in the authorization that a page belongs to. */
  uiLocales?: string | undefined
}

export function requestState(ctx: Context): RequestState {
  return ctx.state as RequestState
}

/** Gives each request an id, which the response carries too, and the rest of its state. */
export function beginRequest(options: {
  logger: Logger
  site: Site
  findRoute: FindRoute
}): Middleware {
  const { logger, site, findRoute } = options
  return function beginRequestState(ctx, next) {
    const requestId = randomBytes(5).toString('hex')
    const log = logger.child({ requestId })
    const route = findRoute(ctx.path)
    Object.assign(ctx.state, { requestId, log, site, route } satisfies RequestState)
    ctx.set('X-Request-Id', requestId)
    return next()
  }
}

/** Notes which authorization a request belongs to. */
export function noteInteraction(
  ctx: Context,
  pending: { readonly client: { readonly id: string }; readonly uiLocales: string | undefined },
): void {
  const state = requestState(ctx)
  state.clientId = pending.client.id
  state.uiLocales = pending.uiLocales
}
