// What /register refuses before the engine reads a body: everything when registration is off, and
// what is larger than any client's metadata.
import type { Middleware } from 'koa'
import type { RegistrationConfig } from '../config/registration.ts'
import { AppError } from '../errors.ts'

const LIMIT_BYTES = 48 * 1024

export function registrationGate({ mode }: Pick<RegistrationConfig, 'mode'>): Middleware {
  return async function guardRegistration(ctx, next) {
    // The engine's routes match in any case.
    if (!/^\/register(\/|$)/i.test(ctx.path)) return next()
    if (mode === 'off') throw new AppError('not_found')
    if (Number(ctx.get('Content-Length')) > LIMIT_BYTES) {
      // What was not read of the body would be taken for the next request.
      ctx.set('Connection', 'close')
      throw new AppError('body_too_large')
    }
    return next()
  }
}
