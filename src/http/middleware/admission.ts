// Admits a request to the work behind it, or refuses it because the server is full.
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import type { Admission } from '../admission.ts'
import { requestState } from '../request-state.ts'

export function admit(admission: Admission): Middleware {
  return async function admitRequest(ctx, next) {
    const { route } = requestState(ctx)
    if (route?.fullness === undefined) return next()
    if (admission.isFull(route)) throw new AppError('overloaded', admission.refuse())
    const leave = admission.enter(ctx.req)
    try {
      await next()
    } finally {
      leave()
    }
    return undefined
  }
}
