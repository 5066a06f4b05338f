// The scopes of an authorization: OpenID Connect's own and those of one resource server.
import { type Language, lineIn } from '../config/language.ts'
import type { ResourceServer } from './resource-server.ts'

/** OpenID Connect Core §5.4 and §11, with the line that the consent page shows. */
export const OIDC_SCOPES = {
  openid: 'Know which account you are',
  profile: 'See your name and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
} as const

export function parseScope(scope: string | undefined): string[] {
  return [...new Set(scope?.split(/\s+/).filter((name) => name !== ''))]
}

function isKnown(scope: string, server: ResourceServer | undefined): boolean {
  return Object.hasOwn(OIDC_SCOPES, scope) || Object.hasOwn(server?.scopes ?? {}, scope)
}

/**
 * What an authorization request asks for (RFC 6749 §3.3): unknown scopes are left out, and a request
 * that names no scope of the resource server gets its default set, since a token without any is of no
 * use there. Undefined: nothing is left.
 */
export function resolveRequestedScope(
  scope: string | undefined,
  server: ResourceServer | undefined,
): string | undefined {
  const known = parseScope(scope).filter((name) => isKnown(name, server))
  const namesOne = known.some((name) => Object.hasOwn(server?.scopes ?? {}, name))
  const resolved = namesOne ? known : [...known, ...(server?.defaultScopes ?? [])]
  return resolved.length > 0 ? resolved.join(' ') : undefined
}

/**
 * What a refresh asks for (RFC 6749 §6). `offline_access` is a wish to the authorization endpoint that
 * clients repeat here; no token carries it.
 */
export function resolveRefreshScope(
  scope: string | undefined,
  servers: readonly ResourceServer[],
): string | undefined {
  const known = parseScope(scope).filter(
    (name) => name !== 'offline_access' && servers.some((server) => isKnown(name, server)),
  )
  return known.length > 0 ? known.join(' ') : undefined
}

/** Scope and line for people, in their order. @param oidcLines those of OIDC_SCOPES in that language */
export function describeScopes(
  scopes: readonly string[],
  server: ResourceServer,
  { language, oidcLines }: { language: Language; oidcLines: Readonly<Record<string, string>> },
): { name: string; description: string }[] {
  // A scope may have a name that every object has.
  const lines = new Map([...Object.entries(oidcLines), ...Object.entries(server.scopes)])
  return scopes.map((name) => ({ name, description: lineIn(language, lines.get(name) ?? name) }))
}
