// Requests to /authorize that the engine must not see as they are.
import type { RouterMiddleware } from '@koa/router'
import { readForm } from '../form-body.ts'
import { ROUTES } from '../routes.ts'

/** Fetch Metadata's header, and those that browsers sent before it or send beside it. */
const PURPOSES = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

/**
 * Rejects a prefetch, prerender or preview, so that the browser asks again when a person goes there.
 * Chromium keeps only some cookies of a prefetch, and a sign-in that one begins cannot be finished.
 */
export const refusePrefetch: RouterMiddleware = async (ctx, next) => {
  if (!PURPOSES.some((name) => /\b(prefetch|preview)\b/i.test(ctx.get(name)))) return next()
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 403
  return undefined
}

/**
 * Turns POST /authorize (OpenID Connect Core §3.1.2.1) into the same GET. The engine's own POST would
 * need SameSite=None cookies.
 */
export const redirectPost: RouterMiddleware = async (ctx) => {
  const form = await readForm(ctx)
  ctx.status = 303
  ctx.redirect(`${ROUTES.authorization.path}?${form}`)
}
