// The access token of a request (RFC 6750 §2.1: the Authorization header, and nowhere else).
import type { Context } from 'koa'

export function findBearerToken(ctx: Context): string | undefined {
  return /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(ctx.get('Authorization'))?.[1]
}
