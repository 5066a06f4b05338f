// Headers of every answer. No form-action: Chromium applies it to the whole redirect chain after the
// approval, and answers to cursor:// or loopback die. No-referrer would turn a form's Origin to `null`.
import type { Middleware } from 'koa'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  // The engine adds the hash of its own script when a client asks for response_mode=form_post.
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
