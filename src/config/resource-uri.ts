// When two spellings name the same resource (RFC 8707).

/**
 * What two URIs of one resource have in common (RFC 3986 §6.2.2, §6.2.3): scheme and host in lower
 * case, no default port, no trailing slash. Undefined when it is no absolute http(s) URI, or carries a
 * fragment (RFC 8707 §2) or credentials.
 */
export function canonicalResourceKey(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url || !['https:', 'http:'].includes(url.protocol)) return undefined
  if (uri.includes('#') || url.username !== '' || url.password !== '') return undefined
  const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  return `${url.origin}${path}${url.search}`
}
