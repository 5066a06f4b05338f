// Refuses requests beyond the limits of their route (routes.ts). Failures are counted afterwards: a request
// that succeeds is never limited, whatever failed before it.
import type { Context, Middleware } from 'koa'
import type { RateLimits } from '../../domain/rate-limits.ts'
import { findAppError } from '../../errors.ts'
import { findClientId } from '../../provider/internals.ts'
import { requestState } from '../request-state.ts'

export function rateLimit({ rateLimits }: { rateLimits: RateLimits }): Middleware {
  async function countFailure(ctx: Context): Promise<void> {
    await rateLimits.countFailure(requestState(ctx).clientId ?? findClientId(ctx), ctx.ip)
  }

  return async function enforceLimits(ctx, next) {
    const { route } = requestState(ctx)
    const budget = (ctx.method === 'POST' && route?.postBudget) || route?.budget
    if (budget) await rateLimits.admit(budget, ctx.ip)
    if (!route?.limitsFailures) return next()
    try {
      await next()
    } catch (error) {
      if (isFailure(findAppError(error)?.status)) await countFailure(ctx)
      throw error
    }
    const { error = '' } = requestState(ctx).fault ?? {}
    if (isFailure(ctx.status) && !STEPS.has(error)) await countFailure(ctx)
    return undefined
  }
}

/**
 * Answers in the course of an honest exchange, of which the sender is not at fault: a nonce is asked for (RFC 9449 §8), or the
 * person whose token a resource server exchanges has to connect it. One person must not spend what the failures of all others
 * share.
 */
const STEPS: ReadonlySet<string> = new Set(['use_dpop_nonce', 'interaction_required'])

/** Whether the sender is at fault. A refusal by a limit is not counted again. */
function isFailure(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 429
}
