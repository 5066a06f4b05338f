// Rejects bodies that are larger than their route allows (routes.ts), before or while the engine reads them.
import type { Middleware } from 'koa'
import { AppError } from '../../errors.ts'
import { limitBody } from '../../provider/internals.ts'
import { requestState } from '../request-state.ts'

export function bodyLimit(): Middleware {
  return async function limitBodySize(ctx, next) {
    const limitBytes = requestState(ctx).route?.maxBodyBytes
    if (limitBytes === undefined) return next()
    if (Number(ctx.get('Content-Length')) > limitBytes) throw rejectBody(limitBytes)
    // A chunked body has no Content-Length: it is counted while the engine reads it.
    const body = limitBody(ctx.req, limitBytes)
    await next()
    if (body.isExceeded()) throw rejectBody(limitBytes)
    return undefined
  }
}

function rejectBody(limitBytes: number): AppError {
  return new AppError('body_too_large', { detail: `The limit is ${limitBytes / 1024} KiB.` })
}
