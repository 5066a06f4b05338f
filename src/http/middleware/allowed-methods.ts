// Answers a method that the route does not support with 405 and the supported methods (RFC 9110 §15.5.6).
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import { requestState } from '../request-state.ts'

export function allowedMethods(): Middleware {
  return async function rejectOtherMethods(ctx, next) {
    const { route } = requestState(ctx)
    if (route !== undefined && !route.methods.some((method) => method === ctx.method)) {
      ctx.set('Allow', route.methods.join(', '))
      throw new AppError('method_not_allowed')
    }
    await next()
  }
}
