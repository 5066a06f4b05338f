// Scopes of requests (RFC 6749 §3.3): those of OpenID Connect, and those of one resource server.

/** OpenID Connect Core §5.4 and §11. */
export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const

export type OidcScope = (typeof OIDC_SCOPES)[number]

/** The members of a resource server that these rules need. */
interface ScopeSet {
  readonly scopes: Readonly<Record<string, unknown>>
  readonly defaultScopes: readonly string[]
}

export function isOidcScope(scope: string): scope is OidcScope {
  return OIDC_SCOPES.some((known) => known === scope)
}

/** The scopes of a space-separated list, without repetitions. */
export function parseScope(scope: string | undefined): string[] {
  return [...new Set(scope?.split(/\s+/).filter((name) => name !== ''))]
}

function isKnown(scope: string, server: ScopeSet | undefined): boolean {
  return isOidcScope(scope) || Object.hasOwn(server?.scopes ?? {}, scope)
}

/**
 * The scope of an authorization request, without unknown scopes. A request that names no scope of the
 * resource server gets that server's default scopes, because a token without any would be useless there.
 * Undefined if no scope remains.
 */
export function resolveRequestedScope(
  scope: string | undefined,
  server: ScopeSet | undefined,
): string | undefined {
  const known = parseScope(scope).filter((name) => isKnown(name, server))
  const namesOne = known.some((name) => Object.hasOwn(server?.scopes ?? {}, name))
  const resolved = namesOne ? known : [...known, ...(server?.defaultScopes ?? [])]
  return resolved.length > 0 ? resolved.join(' ') : undefined
}

/**
 * The scope of a refresh (RFC 6749 §6). `offline_access` has a meaning only at the authorization endpoint,
 * but clients repeat it here. No token carries it.
 */
export function resolveRefreshScope(
  scope: string | undefined,
  servers: readonly ScopeSet[],
): string | undefined {
  const known = parseScope(scope).filter(
    (name) => name !== 'offline_access' && servers.some((server) => isKnown(name, server)),
  )
  return known.length > 0 ? known.join(' ') : undefined
}
