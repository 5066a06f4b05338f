// Reads cookies whose names contain an id. Koa's `ctx.cookies.get` must not be asked for these: it keeps a
// regular expression of every name for as long as the process runs.
import type { IncomingMessage } from 'node:http'
import { type Cookies, parseCookie } from 'cookie'
import type { Context } from 'koa'
import type { CookieMacs } from '../crypto/cookie-macs.ts'

export interface SignedCookies {
  /** The value of a cookie that `ctx.cookies.set` signed. */
  find(ctx: Context, name: string): string | undefined
  /** The names of all cookies, oldest first: browsers send those of a path in that order (RFC 6265 §5.4). */
  names(ctx: Context): string[]
}

export function createSignedCookies(macs: Pick<CookieMacs, 'verify'>): SignedCookies {
  const parsed = new WeakMap<IncomingMessage, Cookies>()

  function cookiesOf({ req }: Context): Cookies {
    const known = parsed.get(req)
    if (known) return known
    // Values as they are: the MAC is of the text that the browser sends.
    const cookies = parseCookie(req.headers.cookie ?? '', { decode: (value) => value })
    parsed.set(req, cookies)
    return cookies
  }

  return {
    find(ctx, name) {
      const { [name]: value, [`${name}.sig`]: mac } = cookiesOf(ctx)
      if (value === undefined || mac === undefined) return undefined
      return macs.verify(`${name}=${value}`, mac) ? value : undefined
    },
    names: (ctx) => Object.keys(cookiesOf(ctx)),
  }
}
