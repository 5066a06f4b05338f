// Security headers of every response. No form-action: Chromium applies it to the whole redirect chain
// after the approval and blocks redirects to cursor:// or loopback. Referrer-Policy is not no-referrer,
// which would make the Origin of our forms `null`.
import type { Middleware } from 'koa'
import type { Config } from '../../config/load.ts'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  // For response_mode=form_post, the engine adds the hash of its own script.
  "script-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

type Settings = Pick<Config, 'issuer' | 'crossOriginOpenerPolicy'>

export function createSecurityHeaders(config: Settings): Readonly<Record<string, string>> {
  const isHttps = config.issuer.startsWith('https:')
  return {
    'Content-Security-Policy': POLICY,
    'Cross-Origin-Opener-Policy': config.crossOriginOpenerPolicy,
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    ...(isHttps ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

export function securityHeaders(config: Settings): Middleware {
  const headers = createSecurityHeaders(config)
  return async function setSecurityHeaders(ctx, next) {
    ctx.set(headers)
    await next()
  }
}
