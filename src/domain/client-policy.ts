// Which redirect URIs a client may have, whoever brings them: https, loopback http, and the private-use
// URIs that the operator lists. Registration and the consent page both ask here.

/** Where the answer of an authorization goes, as a person should be told. */
type RedirectTarget =
  | { readonly kind: 'https'; readonly host: string }
  | { readonly kind: 'loopback'; readonly host: string }
  | { readonly kind: 'private-use'; readonly scheme: string }

export interface ClientPolicy {
  /** Undefined: the URI is not acceptable. */
  findRedirectTarget(uri: string): RedirectTarget | undefined
}

// RFC 8252 §7.3 and §8.3: the loopback literals, and localhost because clients use it.
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @param privateUseRedirectUris compared exactly (RFC 8252 §7.1; mcp-requirements A27 deviation). */
export function createClientPolicy(options: {
  privateUseRedirectUris: readonly string[]
}): ClientPolicy {
  const privateUse = new Set(options.privateUseRedirectUris)
  return {
    findRedirectTarget(uri) {
      const url = URL.parse(uri)
      // RFC 6749 §3.1.2: no fragment. Credentials and control characters have no honest use here.
      if (!url || uri.includes('#') || url.username !== '' || url.password !== '') return undefined
      if (/[\p{Cc}\s\\]/u.test(uri)) return undefined
      // URL mends `https:a/cb` and `https:///a/cb`; compared as strings they would mean something else.
      if (/^https?:(?!\/\/[^/?#])/i.test(uri)) return undefined
      if (url.protocol === 'https:') return { kind: 'https', host: url.host }
      if (url.protocol === 'http:') {
        return LOOPBACK_HOSTS.has(url.hostname) ? { kind: 'loopback', host: url.host } : undefined
      }
      return privateUse.has(uri)
        ? { kind: 'private-use', scheme: url.protocol.slice(0, -1) }
        : undefined
    },
  }
}
