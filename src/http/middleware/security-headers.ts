// Security headers of every response. No form-action: Chromium applies it to the whole redirect chain
// after the approval and blocks redirects to cursor:// or loopback. Referrer-Policy is not no-referrer,
// which would make the Origin of our forms `null`.
import type { Middleware } from 'koa'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  // For response_mode=form_post, the engine adds the hash of its own script.
  "script-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function securityHeaders({ issuer }: { issuer: string }): Middleware {
  const isHttps = issuer.startsWith('https:')
  return async function setSecurityHeaders(ctx, next) {
    ctx.set({
      'Content-Security-Policy': POLICY,
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
    if (isHttps) ctx.set('Strict-Transport-Security', 'max-age=31536000')
    await next()
  }
}
