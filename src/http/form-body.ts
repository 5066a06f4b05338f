// Reads the form bodies of our own routes. The engine reads those of its routes.
import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { AppError } from '../errors.ts'

const LIMIT_BYTES = 56 * 1024

/** @throws AppError invalid_body, body_too_large */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new AppError('invalid_body')
  try {
    const text = await getRawBody(ctx.req, { limit: LIMIT_BYTES, encoding: 'utf8' })
    return new URLSearchParams(text)
  } catch (cause) {
    const isTooLarge =
      cause instanceof Error && 'type' in cause && cause.type === 'entity.too.large'
    throw new AppError(isTooLarge ? 'body_too_large' : 'invalid_body', { cause })
  }
}
