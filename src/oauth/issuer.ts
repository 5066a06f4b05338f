// Issuer identifiers (RFC 8414 §2) of this server: an origin, or an origin with a path.

const PATH = /^(\/[\w.~-]*\w)+$/

/**
 * Whether `value` is spelled as a URL parser would print it, without trailing slash or query, and with a
 * path that a router takes literally.
 */
export function isCanonicalIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (!url) return false
  const path = value.slice(url.origin.length)
  return value === url.origin + path && (path === '' || (path === url.pathname && PATH.test(path)))
}

/** The path that every route of the issuer begins with; '' for an origin. */
export function pathOfIssuer(issuer: string): string {
  return issuer.slice(new URL(issuer).origin.length)
}
