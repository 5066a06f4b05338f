// Reads the bodies of our own routes. The engine reads those of its routes.
import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { AppError } from '../errors.ts'
import { requestState } from './request-state.ts'

const LIMIT_BYTES = 56 * 1024

/** @throws AppError invalid_body, body_too_large */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) throw new AppError('invalid_body')
  return new URLSearchParams(await readText(ctx))
}

/** The parsed body; undefined if it is no JSON. @throws AppError invalid_body, body_too_large */
export async function readJson(ctx: Context): Promise<unknown> {
  const text = await readText(ctx)
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readText(ctx: Context): Promise<string> {
  const limit = requestState(ctx).route?.maxBodyBytes ?? LIMIT_BYTES
  try {
    return await getRawBody(ctx.req, { limit, encoding: 'utf8' })
  } catch (cause) {
    const isTooLarge =
      cause instanceof Error && 'type' in cause && cause.type === 'entity.too.large'
    throw new AppError(isTooLarge ? 'body_too_large' : 'invalid_body', { cause })
  }
}
