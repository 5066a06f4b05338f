// An authorization begins when a person goes there, not when a page has its links fetched ahead. Chromium
// moves only some of the cookies of such a fetch to the browser, and the sign-in would end nowhere.
import type { RouterMiddleware } from '@koa/router'

/** Fetch Metadata's, and what browsers sent before it and beside it. */
const PURPOSES = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

/** Answers a prefetch, prerender or preview so that it is asked anew when wanted. */
export const refusePrefetch: RouterMiddleware = async (ctx, next) => {
  if (!PURPOSES.some((name) => /\b(prefetch|preview)\b/i.test(ctx.get(name)))) return next()
  ctx.set('Cache-Control', 'no-store')
  ctx.status = 403
  return undefined
}
