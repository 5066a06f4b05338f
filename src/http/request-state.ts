// The state of one request that middleware shares: its id, logger, route, branding and fault.
import { randomUUID } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Logger } from '../log.ts'
import type { EngineFault } from '../provider/create-provider.ts'
import type { TokenEvent } from '../provider/tokens/token-issuance.ts'
import type { Instant } from '../records/refresh-family.ts'
import type { FindRoute, Route } from './routes.ts'
import type { Incident } from './views/problems/incident.ts'
import type { Site } from './views/site.ts'

export interface RequestState {
  requestId: string
  arrivedAt: Instant
  log: Logger
  site: Site
  /** Undefined: no route matches the path. */
  route: Route | undefined
  clientId?: string | undefined
  /** Why the request failed, for the request log. */
  fault?: EngineFault
  /** The access token that this request got, for the request log. */
  issued?: TokenEvent
  /** `ui_locales` of the authorization request that the page belongs to. */
  uiLocales?: string | undefined
}

export function requestState(ctx: Context): RequestState {
  return ctx.state as RequestState
}

/** 40 random bits in hex. Node keeps random bytes for UUIDs ready, and asks the system for any others each time. */
export function createRequestId(): string {
  const uuid = randomUUID()
  return uuid.slice(0, 8) + uuid.slice(9, 11)
}

/** Creates the state of each request. The response carries the request id as X-Request-Id. */
export function beginRequest(options: {
  logger: Logger
  site: Site
  findRoute: FindRoute
  now: () => number
  monotonicNow: () => number
}): Middleware {
  const { logger, site, findRoute, now, monotonicNow } = options
  return function beginRequestState(ctx, next) {
    const requestId = createRequestId()
    const arrivedAt = { wallMs: now(), monotonicMs: monotonicNow() }
    const log = logger.child({ requestId })
    const route = findRoute(ctx.path)
    Object.assign(ctx.state, { requestId, arrivedAt, log, site, route } satisfies RequestState)
    ctx.set('X-Request-Id', requestId)
    return next()
  }
}

/** Notes the authorization that a request belongs to. */
export function noteInteraction(
  ctx: Context,
  pending: { readonly client: { readonly id: string }; readonly uiLocales: string | undefined },
): void {
  const state = requestState(ctx)
  state.clientId = pending.client.id
  state.uiLocales = pending.uiLocales
}

/** The text for support on the page about a failure of this request. */
export function createIncident(
  ctx: Context,
  what: Pick<Incident, 'symptom' | 'error' | 'target'>,
): Incident {
  const { requestId, arrivedAt } = requestState(ctx)
  return { ...what, reference: requestId, atMs: arrivedAt.wallMs }
}
