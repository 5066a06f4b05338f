// POST /introspect (RFC 7662) for configured resource servers that hold a secret, each for the tokens of
// its own audience; it knows at once when a grant was revoked.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { ResourceServerConfig } from '../config/resource-servers.ts'
import { AppError } from '../errors.ts'
import type { AccessTokens } from '../provider/access-tokens.ts'
import { readForm } from './form-body.ts'

export function introspection(options: {
  accessTokens: AccessTokens
  resourceServers: readonly ResourceServerConfig[]
}): RouterMiddleware {
  const { accessTokens, resourceServers } = options
  return async function answerIntrospection(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const form = await readForm(ctx)
    const { id, secret } = readCredentials(ctx, form)
    const server = resourceServers.find(({ resource }) => resource === id)
    if (!server?.introspectionSecret || !isSame(server.introspectionSecret, secret)) {
      throw new AppError('invalid_resource_server')
    }
    const claims = await accessTokens.find(form.get('token') ?? '')
    // A token for another audience is none of its business (RFC 7662 §4).
    ctx.body =
      claims?.aud === server.resource
        ? { active: true, token_type: 'Bearer', ...claims }
        : { active: false }
  }
}

/** client_secret_basic (RFC 6749 §2.3.1: form-encoded before base64) or client_secret_post. */
function readCredentials(ctx: Context, form: URLSearchParams): { id: string; secret: string } {
  const basic = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(ctx.get('Authorization'))?.[1]
  if (basic === undefined) {
    return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  }
  const pair = Buffer.from(basic, 'base64').toString()
  // The last colon parts them: an id that was not encoded is a URL, and holds one.
  const colon = pair.lastIndexOf(':')
  return { id: decode(pair.slice(0, colon)), secret: decode(pair.slice(colon + 1)) }
}

function decode(value: string): string {
  return new URLSearchParams(`v=${value.replaceAll('&', '%26')}`).get('v') ?? ''
}

function isSame(expected: string, given: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(expected), digest(given))
}
