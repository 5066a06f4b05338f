// The access token of a request (RFC 6750 §2.1: the Authorization header, and nowhere else).
import type { Context } from 'koa'

/** Undefined: the request brings none. What follows the scheme is returned as it is, however odd. */
export function findBearerToken(ctx: Context): string | undefined {
  return /^Bearer(?: +(?<token>.*))?$/i.exec(ctx.get('Authorization'))?.slice(1).join('')
}
