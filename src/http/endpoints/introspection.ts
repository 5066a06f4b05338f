// POST /introspect (RFC 7662) for configured resource servers with a secret. Each may introspect the tokens
// of its own audience and its aliases. A revoked grant makes its tokens inactive at once.
import type { RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { ResourceServerConfig } from '../../config/resource-servers.ts'
import { isSameSecret } from '../../crypto/equal.ts'
import { AppError } from '../../errors.ts'
import { parseBasicHeader } from '../../oauth/basic-credentials.ts'
import { resourceUrisOf } from '../../oauth/resource-uri.ts'
import type { AccessTokens } from '../../provider/tokens/access-tokens.ts'
import { readForm } from '../form-body.ts'
import { requestState } from '../request-state.ts'

/** As `readCredentials` reads them. */
export const INTROSPECTION_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const

export function introspection(options: {
  accessTokens: AccessTokens
  resourceServers: readonly ResourceServerConfig[]
}): RouterMiddleware {
  const { accessTokens, resourceServers } = options
  return async function answerIntrospection(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const form = await readForm(ctx)
    const credentials = readCredentials(ctx, form)
    const named = resourceServers.find(({ resource }) =>
      credentials.some(({ id }) => id === resource),
    )
    requestState(ctx).clientId = named?.resource
    const server = resourceServers.find(
      ({ resource, introspectionSecret: secret }) =>
        secret !== undefined &&
        credentials.some(({ id, secret: given }) => id === resource && isSameSecret(secret, given)),
    )
    if (!server) throw new AppError('invalid_resource_server')
    const token = form.get('token')
    const claims = token === null ? undefined : (await accessTokens.find(token))?.claims
    // A resource server learns nothing about tokens for another audience (RFC 7662 §4).
    const audiences: readonly unknown[] = resourceUrisOf(server)
    ctx.body =
      claims && audiences.includes(claims.aud)
        ? { active: true, token_type: claims['cnf'] ? 'DPoP' : 'Bearer', ...claims }
        : { active: false }
  }
}

/**
 * The credentials that the request may mean. With client_secret_basic there are two readings: form-encoded
 * before base64, as RFC 6749 §2.3.1 says, or not encoded, as most callers send them.
 */
function readCredentials(ctx: Context, form: URLSearchParams): { id: string; secret: string }[] {
  const pair = parseBasicHeader(ctx.get('Authorization'))
  if (pair === undefined) {
    const [id, secret] = [form.get('client_id'), form.get('client_secret')]
    return id === null || secret === null ? [] : [{ id, secret }]
  }
  // Split at the last colon: the id is a URL, which contains a colon itself if it was not encoded.
  const colon = pair.lastIndexOf(':')
  const [id, secret] = [pair.slice(0, colon), pair.slice(colon + 1)]
  return [
    { id, secret },
    { id: decode(id), secret: decode(secret) },
  ]
}

function decode(value: string): string {
  return new URLSearchParams(`v=${value.replaceAll('&', '%26')}`).get('v') ?? ''
}
