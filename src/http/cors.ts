// Browser-based clients reach what a client calls itself, from any origin and without credentials.
// What a person visits (/authorize, /interaction, the callback) is never here.
import type { Middleware } from 'koa'

const METHODS_BY_PATH: Readonly<Record<string, string>> = {
  '/jwks': 'GET, HEAD',
  '/par': 'POST',
  '/register': 'POST',
  '/revoke': 'POST',
  '/token': 'POST',
  '/userinfo': 'GET, POST',
}

const ALLOWED_HEADERS = 'authorization, content-type, mcp-protocol-version, dpop'

function findMethods(path: string): string | undefined {
  // The engine's routes match in any case.
  const known = path.toLowerCase()
  if (known.startsWith('/.well-known/')) return 'GET, HEAD'
  return known.startsWith('/register/') ? 'GET, PUT, DELETE' : METHODS_BY_PATH[known]
}

export function cors(): Middleware {
  return async function answerAnyOrigin(ctx, next) {
    const methods = findMethods(ctx.path)
    if (methods === undefined) return next()
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set(
      'Access-Control-Expose-Headers',
      'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id',
    )
    if (ctx.method !== 'OPTIONS') return next()
    ctx.set('Access-Control-Allow-Methods', methods)
    ctx.set('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    ctx.set('Access-Control-Max-Age', '3600')
    ctx.status = 204
    return undefined
  }
}
