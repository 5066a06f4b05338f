// Which redirect URIs a client may have, whoever brings them: https, loopback http, and the private-use
// URIs that the operator lists. Registration and the consent page both ask here.

import { isLoopback } from '../config/loopback.ts'

/** Where the answer of an authorization goes, as a person should be told. */
export type RedirectTarget =
  | { readonly kind: 'https'; readonly host: string }
  | { readonly kind: 'loopback'; readonly host: string }
  | { readonly kind: 'private-use'; readonly scheme: string }

export interface ClientPolicy {
  /** Undefined: the URI is not acceptable. */
  findRedirectTarget(uri: string): RedirectTarget | undefined
}

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
      if (url.protocol === 'https:' || url.protocol === 'http:') {
        if (isLoopback(url)) return { kind: 'loopback', host: url.host }
        return url.protocol === 'https:' ? { kind: 'https', host: url.host } : undefined
      }
      return privateUse.has(uri)
        ? { kind: 'private-use', scheme: url.protocol.slice(0, -1) }
        : undefined
    },
  }
}
