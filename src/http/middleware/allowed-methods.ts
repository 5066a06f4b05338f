// Answers a path without a route with 404, and a method that the route does not support with 405 and the supported
// methods (RFC 9110 §15.5.6). The router and the engine have patterns of their own: a path that only they match must
// not reach them, because it would escape the rules of its route.
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import { requestState } from '../request-state.ts'

export function allowedMethods(): Middleware {
  return async function rejectOtherMethods(ctx, next) {
    const { route } = requestState(ctx)
    if (route === undefined) throw new AppError('not_found')
    if (!route.methods.some((method) => method === ctx.method)) {
      ctx.set('Allow', route.methods.join(', '))
      throw new AppError('method_not_allowed')
    }
    await next()
  }
}
