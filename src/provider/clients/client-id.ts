// The id of a dynamically registered client.
import { createHash, randomBytes } from 'node:crypto'
import type { ClientMetadata } from 'oidc-provider'

/**
 * Random for a client with a secret. Public clients that say the same of themselves get the same id:
 * many register at each start, and the id gives them nothing. Loopback ports are left out, as they
 * are when redirect URIs are compared (RFC 8252 §7.3).
 */
export function createClientId(metadata: ClientMetadata): string {
  if (metadata.token_endpoint_auth_method !== 'none') return randomBytes(16).toString('base64url')
  const redirectUris = new Set((metadata.redirect_uris ?? []).map(withoutLoopbackPort))
  const canonical = JSON.stringify(
    Object.entries({ ...metadata, redirect_uris: [...redirectUris].toSorted() }).toSorted(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  )
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22)
}

function withoutLoopbackPort(uri: string): string {
  // The only http URIs that are accepted are on loopback hosts.
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d+/i, '$1')
}
