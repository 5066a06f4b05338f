// Lets browser-based clients of any origin call the routes marked isCrossOrigin, without credentials.
// Routes that a person visits (/authorize, the interaction, the callback) are never cross-origin.
import type { Middleware } from 'koa'
import { requestState } from '../request-state.ts'

const ALLOWED_HEADERS = 'authorization, content-type, mcp-protocol-version, dpop'
const EXPOSED_HEADERS = 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id'

/** Of each response of a route marked isCrossOrigin. */
export const CROSS_ORIGIN_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED_HEADERS,
} as const

export function cors(): Middleware {
  return async function allowAnyOrigin(ctx, next) {
    const { route } = requestState(ctx)
    if (!route?.isCrossOrigin) return next()
    ctx.set(CROSS_ORIGIN_HEADERS)
    if (ctx.method !== 'OPTIONS') return next()
    ctx.set('Access-Control-Allow-Methods', route.methods.join(', '))
    ctx.set('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    ctx.set('Access-Control-Max-Age', '3600')
    ctx.status = 204
    return undefined
  }
}
