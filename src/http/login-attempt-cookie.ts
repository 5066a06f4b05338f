// The cookie that binds a login attempt to the browser that approved it: set right before the redirect
// to the upstream, one per attempt so that tabs do not share (MCP security best practices, state 17-19).
import { createHash } from 'node:crypto'
import type { Context } from 'koa'

export interface LoginAttemptCookie {
  set(ctx: Context, state: string): void
  /** Whether this browser is the one that began the attempt. */
  isHeld(ctx: Context, state: string): boolean
  clear(ctx: Context, state: string): void
}

export function createLoginAttemptCookie(options: {
  issuer: string
  ttlSeconds: number
}): LoginAttemptCookie {
  const { issuer, ttlSeconds } = options
  const isHttps = issuer.startsWith('https:')
  const name = (state: string) => {
    const suffix = createHash('sha256').update(state).digest('hex').slice(0, 12)
    return `${isHttps ? '__Host-' : ''}mcp_oidc_login_${suffix}`
  }
  const attributes = {
    httpOnly: true,
    overwrite: true,
    path: '/',
    sameSite: 'lax',
    secure: isHttps,
    signed: true,
  } as const
  return {
    set: (ctx, state) =>
      void ctx.cookies.set(name(state), state, { ...attributes, maxAge: ttlSeconds * 1000 }),
    isHeld: (ctx, state) => ctx.cookies.get(name(state), { signed: true }) === state,
    clear: (ctx, state) => void ctx.cookies.set(name(state), null, attributes),
  }
}
