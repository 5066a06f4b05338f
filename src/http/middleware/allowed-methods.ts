// A method that a route does not take is a 405 that names those it takes (RFC 9110 §15.5.6).
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import { requestState } from '../request-state.ts'

export function allowedMethods(): Middleware {
  return async function refuseOtherMethods(ctx, next) {
    const { route } = requestState(ctx)
    if (route !== undefined && !route.methods.some((method) => method === ctx.method)) {
      ctx.set('Allow', route.methods.join(', '))
      throw new AppError('method_not_allowed')
    }
    await next()
  }
}
