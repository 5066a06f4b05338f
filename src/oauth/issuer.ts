// This server's issuer identifier (RFC 8414 §2): an origin, or an origin with a path.

const PATH = /^(\/[\w.~-]*\w)+$/

/**
 * Whether `value` is in the canonical form of a URL parser, without trailing slash or query, and has a path
 * without the characters of a route pattern.
 */
export function isCanonicalIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (!url) return false
  const path = value.slice(url.origin.length)
  return value === url.origin + path && (path === '' || (path === url.pathname && PATH.test(path)))
}

/** The path of the issuer, which prefixes that of every route; '' for an origin. */
export function pathOfIssuer(issuer: string): string {
  return issuer.slice(new URL(issuer).origin.length)
}
