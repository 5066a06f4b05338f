// Form-encodes the client credentials of a Basic header, as RFC 6749 §2.3.1 requires. Most clients send
// them unencoded (the official SDK does), and the engine would decode them nevertheless. This only matters
// for configured clients: the credentials that this server generates contain nothing to encode.
import type { Middleware } from 'koa'
import type { ClientConfig } from '../../config/clients.ts'
import type { ResourceServerConfig } from '../../config/resource-servers.ts'
import { isSameSecret } from '../../crypto/equal.ts'
import { parseBasicHeader } from '../../oauth/basic-credentials.ts'
import { requestState } from '../request-state.ts'

interface Credentials {
  readonly id: string
  readonly secret: string
}

export function basicCredentials(options: {
  clients: readonly ClientConfig[]
  resourceServers: readonly ResourceServerConfig[]
}): Middleware {
  const configured = [
    ...options.clients.map(({ clientId: id, clientSecret: secret }) => ({ id, secret })),
    // For token exchange.
    ...options.resourceServers.map(({ resource: id, introspectionSecret: secret }) => ({
      id,
      secret,
    })),
  ].filter((pair): pair is Credentials => pair.secret !== undefined)

  function findUnencoded(pair: string): Credentials | undefined {
    const known = configured.find(({ id, secret }) => isSameSecret(`${id}:${secret}`, pair))
    if (known || isEncoded(pair)) return known
    // Unknown credentials: once encoded, the engine answers invalid_client instead of "malformed header".
    const [id = '', ...rest] = pair.split(':')
    return { id, secret: rest.join(':') }
  }

  return async function encodeCredentials(ctx, next) {
    const takesCredentials = requestState(ctx).route?.takesClientCredentials === true
    const pair = takesCredentials ? parseBasicHeader(ctx.get('Authorization')) : undefined
    const unencoded = pair?.includes(':') ? findUnencoded(pair) : undefined
    if (unencoded) {
      const { id, secret } = unencoded
      const encoded = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
      ctx.req.headers.authorization = `Basic ${Buffer.from(encoded).toString('base64')}`
    }
    return next()
  }
}

function isEncoded(pair: string): boolean {
  try {
    decodeURIComponent(pair)
    return true
  } catch {
    return false
  }
}
