// One line per request: id, method, route pattern, client id, sender, status, duration. No path, query, cookie
// or body: those carry codes, states and interaction ids.
import { randomBytes } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Logger } from '../log.ts'
import type { EngineFault } from '../provider/create-provider.ts'
import type { Site } from './views/site.ts'

/** What middleware leaves for the log line and the error page. */
export interface RequestState {
  requestId: string
  log: Logger
  /** Route pattern, where no router has matched one. */
  route?: string
  clientId?: string
  fault?: EngineFault
  site: Site
  /** Of the authorization that a page belongs to. */
  uiLocales?: string | undefined
}

export function requestState(ctx: Context): RequestState {
  return ctx.state as RequestState
}

/** Which authorization a request is part of. */
export function noteInteraction(
  ctx: Context,
  pending: { readonly client: { readonly id: string }; readonly uiLocales: string | undefined },
): void {
  const state = requestState(ctx)
  state.clientId = pending.client.id
  state.uiLocales = pending.uiLocales
}

/** @param now milliseconds, monotonic enough for durations */
export function requestLog(options: { logger: Logger; now: () => number }): Middleware {
  const { logger, now } = options
  return async function logRequest(ctx, next) {
    const startedAtMs = now()
    const requestId = randomBytes(5).toString('hex')
    const state = requestState(ctx)
    state.requestId = requestId
    state.log = logger.child({ requestId })
    ctx.set('X-Request-Id', requestId)
    await next()
    const { fault } = state
    state.log.info(
      {
        method: ctx.method,
        route: state.route ?? matchedPattern(ctx) ?? 'none',
        clientId: state.clientId ?? engineClientId(ctx),
        status: ctx.status,
        address: ctx.ip,
        durationMs: Math.round(now() - startedAtMs),
        ...(fault === undefined ? {} : { error: fault.error, detail: fault.detail }),
      },
      'request',
    )
  }
}

/** Our router and the engine's both leave the pattern that matched. */
function matchedPattern(ctx: Context): string | undefined {
  const { _matchedRoute: pattern } = ctx as { _matchedRoute?: unknown }
  return typeof pattern === 'string' ? pattern : undefined
}

function engineClientId(ctx: Context): string | undefined {
  const { oidc } = ctx as { oidc?: { client?: { clientId?: string } } }
  return oidc?.client?.clientId
}
