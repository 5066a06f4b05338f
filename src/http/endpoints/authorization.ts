// Requests that must not be answered as they are: prefetches, and POST where a page is asked for.
import type { RouterMiddleware } from '@koa/router'
import { readForm } from '../form-body.ts'

/** The header of Fetch Metadata, and the ones that browsers sent before it or send beside it. */
const PURPOSES = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

/**
 * Rejects a prefetch, prerender or preview, so that the browser requests the page again when the person
 * opens it. Chromium keeps only some cookies of a prefetch, so a sign-in that a prefetch began could not
 * be finished.
 */
export const rejectPrefetch: RouterMiddleware = async (ctx, next) => {
  if (!PURPOSES.some((name) => /\b(prefetch|preview)\b/i.test(ctx.get(name)))) return next()
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 403
  return undefined
}

/**
 * Redirects a POST (for /authorize: OpenID Connect Core §3.1.2.1) to the equivalent GET, to which browsers send our
 * SameSite=Lax cookies. The engine's own POST support needs SameSite=None.
 */
export function redirectPostToGet(path: string): RouterMiddleware {
  return async function redirectToGet(ctx) {
    const form = await readForm(ctx)
    ctx.status = 303
    ctx.redirect(`${path}?${form}`)
  }
}
