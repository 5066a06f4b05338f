// The purposes of stored upstream tokens: one set of them for each resource server that may exchange its tokens, with the
// scopes of that server alone, and one for everything else. So no MCP server gets what the person gave to another.
import type { Config } from '../../config/load.ts'
import { canonicalResourceKey, resourceUrisOf } from '../../oauth/resource-uri.ts'

/** The purpose of sign-ins for resource servers that get no upstream tokens. */
const SIGN_IN = ''

export interface Purposes {
  readonly all: readonly string[]
  /** @param resource any URI of a resource server */
  of(resource: string): string
  /** The scopes that the upstream is asked for beyond UPSTREAM_SCOPES. */
  scopesOf(purpose: string): readonly string[]
  /** Whether a resource server may exchange its tokens for them. */
  isExchanged(purpose: string): boolean
  /** Whether anything needs the tokens of sign-ins for this purpose. */
  isKept(purpose: string): boolean
}

/** @param options.isRevalidating whether accounts are re-validated with tokens */
export function createPurposes(options: {
  resourceServers: Config['resourceServers']
  isRevalidating: boolean
}): Purposes {
  const { isRevalidating } = options
  const scopes = new Map<string, readonly string[]>()
  const byKey = new Map<string, string>()
  for (const server of options.resourceServers) {
    if (!server.upstreamTokens) continue
    scopes.set(server.resource, server.upstreamTokens.scopes)
    for (const uri of resourceUrisOf(server)) {
      byKey.set(canonicalResourceKey(uri) ?? uri, server.resource)
    }
  }
  return {
    all: [SIGN_IN, ...scopes.keys()],
    of: (resource) => byKey.get(canonicalResourceKey(resource) ?? resource) ?? SIGN_IN,
    scopesOf: (purpose) => scopes.get(purpose) ?? [],
    isExchanged: (purpose) => scopes.has(purpose),
    isKept: (purpose) => isRevalidating || scopes.has(purpose),
  }
}

/** Not listed in `scope` by every provider, although it was granted. */
const UNLISTED = new Set(['openid', 'offline_access'])

/** The scopes that the upstream did not grant. Providers spell them in another case. */
export function findMissingScopes(
  needed: readonly string[],
  granted: string | undefined,
): string[] {
  // RFC 6749 §5.1: absent means all that were requested.
  if (granted === undefined) return []
  const held = new Set(granted.toLowerCase().split(' '))
  return needed.filter((scope) => !UNLISTED.has(scope) && !held.has(scope.toLowerCase()))
}
