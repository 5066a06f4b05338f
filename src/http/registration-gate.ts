// What /register refuses of what the engine would read: everything when registration is off, and
// what is larger than any client's metadata.
import type { Context, Middleware } from 'koa'
import type { RegistrationConfig } from '../config/registration.ts'
import { AppError } from '../errors.ts'
import { boundBody } from '../provider/internals.ts'

const LIMIT_BYTES = 48 * 1024

export function registrationGate({ mode }: Pick<RegistrationConfig, 'mode'>): Middleware {
  return async function guardRegistration(ctx, next) {
    // The engine's routes match in any case.
    if (!/^\/register(\/|$)/i.test(ctx.path)) {
      await next()
      return
    }
    if (mode === 'off') throw new AppError('not_found')
    if (Number(ctx.get('Content-Length')) > LIMIT_BYTES) throw refuseBody(ctx)
    // A chunked body tells its length while the engine reads it.
    const body = boundBody(ctx.req, LIMIT_BYTES)
    await next()
    if (body.isExceeded()) throw refuseBody(ctx)
  }
}

function refuseBody(ctx: Context): AppError {
  // What was not read of the body would be taken for the next request.
  ctx.set('Connection', 'close')
  return new AppError('body_too_large')
}
