// An authorization begins when a person goes there, not when a page has its links fetched ahead. Chromium
// moves only some of the cookies of such a fetch to the browser, and the sign-in would end nowhere.
import type { RouterMiddleware } from '@koa/router'

/** Answers a prefetch or prerender (Fetch Metadata, Sec-Purpose) so that it is asked anew when wanted. */
export const refusePrefetch: RouterMiddleware = async (ctx, next) => {
  if (!/\bprefetch\b/.test(ctx.get('Sec-Purpose'))) return next()
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 403
  return undefined
}
