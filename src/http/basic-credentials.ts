// Client credentials in a Basic header as RFC 6749 §2.3.1 has them: form-encoded. Most clients send them
// as they are (the official SDK among them), which the engine would decode once too often. Only those
// of configured clients can differ by that: what we issue ourselves has nothing to encode.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Middleware } from 'koa'
import type { ClientConfig } from '../config/clients.ts'

/** Where the engine reads credentials; introspection.ts reads its own. */
const ENGINE_PATHS = /^\/(token|par|revoke)\/?$/i

const digest = (text: string) => createHash('sha256').update(text).digest()

interface Credentials {
  readonly id: string
  readonly secret: string
}

export function basicCredentials(options: { clients: readonly ClientConfig[] }): Middleware {
  const configured = options.clients.flatMap(({ clientId: id, clientSecret: secret }) =>
    secret === undefined ? [] : [{ id, secret, digest: digest(`${id}:${secret}`) }],
  )

  function findUnencoded(pair: string): Credentials | undefined {
    const given = digest(pair)
    const known = configured.find((client) => timingSafeEqual(client.digest, given))
    if (known || isEncoded(pair)) return known
    // Nobody's, then: but to be told so, and not that the header is malformed.
    const [id = '', ...rest] = pair.split(':')
    return { id, secret: rest.join(':') }
  }

  return async function encodeCredentials(ctx, next) {
    if (!ENGINE_PATHS.test(ctx.path)) return next()
    const [, base64] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(ctx.get('Authorization')) ?? []
    const pair = base64 === undefined ? '' : Buffer.from(base64, 'base64').toString()
    const unencoded = pair.includes(':') ? findUnencoded(pair) : undefined
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
