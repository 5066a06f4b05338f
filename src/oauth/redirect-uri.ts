// Redirect URIs: which ones a client may use at all, and whether the one in a request is registered.
import { isLoopback, parseLoopbackUri } from './loopback.ts'
import { parseUrl } from './parse-url.ts'

/** Where an authorization response goes. */
export type RedirectTarget =
  | { readonly kind: 'https'; readonly host: string }
  | { readonly kind: 'loopback'; readonly host: string }
  | { readonly kind: 'private-use'; readonly scheme: string }

export interface RedirectPolicy {
  /** Undefined: no client may use this URI. */
  findTarget(uri: string): RedirectTarget | undefined
}

/**
 * Accepts https, loopback http, and the private-use URIs of the configuration, which are compared exactly
 * (RFC 8252 §7.1). MCP allows only https and localhost; docs/requirements.md A27 states the deviation. A URI at
 * the issuer's own origin is never accepted.
 */
export function createRedirectPolicy(options: {
  /** Undefined only where the configuration has no valid issuer. */
  issuer: string | undefined
  privateUseRedirectUris: readonly string[]
}): RedirectPolicy {
  const privateUse = new Set(options.privateUseRedirectUris)
  const ownOrigin = options.issuer === undefined ? undefined : new URL(options.issuer).origin
  return {
    findTarget(uri) {
      const url = parseUrl(uri)
      // RFC 6749 §3.1.2: no fragment. Credentials and control characters have no legitimate use here.
      if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return undefined
      if (/[\p{Cc}\s\\]/u.test(uri)) return undefined
      // The parser accepts `https:a/cb` and `https:///a/cb`, which mean something else as strings.
      if (/^https?:(?!\/\/[^/?#])/i.test(uri)) return undefined
      if (url.protocol === 'https:' || url.protocol === 'http:') {
        // A response to such a URI would be a request to this server that its own page or redirect started.
        if (url.origin === ownOrigin) return undefined
        if (isLoopback(url)) return { kind: 'loopback', host: url.host }
        return url.protocol === 'https:' ? { kind: 'https', host: url.host } : undefined
      }
      return privateUse.has(uri)
        ? { kind: 'private-use', scheme: url.protocol.slice(0, -1) }
        : undefined
    },
  }
}

/**
 * Compares exactly, except for loopback http: an app learns its port only when it starts (RFC 8252 §7.3),
 * and some clients register one loopback host name and use another (docs/clients.md).
 */
export function isRegisteredRedirectUri(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true
  const given = parseLoopbackUri(uri)
  return (
    given !== undefined && registered.some((known) => parseLoopbackUri(known)?.rest === given.rest)
  )
}
