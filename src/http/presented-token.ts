// The access token of a request (RFC 6750 §2.1, RFC 9449 §7.1: the Authorization header, nowhere else).
import type { Context } from 'koa'

export interface PresentedAccessToken {
  readonly scheme: 'bearer' | 'dpop'
  /** What follows the scheme, as it is, however odd. */
  readonly token: string
}

/** Undefined: the request brings none. */
export function findPresentedToken(ctx: Context): PresentedAccessToken | undefined {
  const [, scheme = '', token = ''] =
    /^(Bearer|DPoP)(?: +(.*))?$/i.exec(ctx.get('Authorization')) ?? []
  if (scheme === '') return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token }
}
