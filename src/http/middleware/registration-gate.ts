// Rejects registrations before the engine reads them: all of them if registration is off, else those that
// are larger than any client's metadata.
import type { Context, Middleware } from 'koa'
import type { RegistrationConfig } from '../../config/registration.ts'
import { AppError } from '../../errors.ts'
import { limitBody } from '../../provider/internals.ts'
import { requestState } from '../request-state.ts'
import { ROUTES } from '../routes.ts'

const LIMIT_BYTES = 48 * 1024

export function registrationGate({ mode }: Pick<RegistrationConfig, 'mode'>): Middleware {
  return async function guardRegistration(ctx, next) {
    const { route } = requestState(ctx)
    if (route !== ROUTES.registration && route !== ROUTES.registeredClient) {
      await next()
      return
    }
    if (mode === 'off') throw new AppError('not_found')
    if (Number(ctx.get('Content-Length')) > LIMIT_BYTES) throw rejectBody(ctx)
    // A chunked body has no Content-Length: it is counted while the engine reads it.
    const body = limitBody(ctx.req, LIMIT_BYTES)
    await next()
    if (body.isExceeded()) throw rejectBody(ctx)
  }
}

function rejectBody(ctx: Context): AppError {
  // The unread rest of the body would be parsed as the next request.
  ctx.set('Connection', 'close')
  return new AppError('body_too_large')
}
