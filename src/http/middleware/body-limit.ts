// Rejects bodies that are larger than their route allows (routes.ts), before or while the engine reads them.
import type { Context, Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import { limitBody } from '../../provider/internals.ts'
import { requestState } from '../request-state.ts'

export function bodyLimit(): Middleware {
  return async function limitBodySize(ctx, next) {
    const limitBytes = requestState(ctx).route?.maxBodyBytes
    if (limitBytes === undefined) return next()
    if (Number(ctx.get('Content-Length')) > limitBytes) throw rejectBody(ctx, limitBytes)
    // A chunked body has no Content-Length: it is counted while the engine reads it.
    const body = limitBody(ctx.req, limitBytes)
    await next()
    if (body.isExceeded()) throw rejectBody(ctx, limitBytes)
    return undefined
  }
}

function rejectBody(ctx: Context, limitBytes: number): AppError {
  // The unread rest of the body would be parsed as the next request.
  ctx.set('Connection', 'close')
  return new AppError('body_too_large', { detail: `The limit is ${limitBytes / 1024} KiB.` })
}
