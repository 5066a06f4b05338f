// What a resource may be, and when two spellings name the same one (RFC 8707).
import { z } from 'zod'

/**
 * What two URIs of one resource have in common (RFC 3986 §6.2.2, §6.2.3): scheme and host in lower
 * case, no default port, no trailing slash. Undefined when it is no absolute http(s) URI, or carries a
 * fragment (RFC 8707 §2) or credentials.
 * A query counts: RFC 8707 §2 compares the URI as a whole, and an MCP server whose URI has one would
 * refuse a token for the URI without it, an audience that was not asked for.
 */
export function canonicalResourceKey(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url || !['https:', 'http:'].includes(url.protocol)) return undefined
  if (uri.includes('#') || url.username !== '' || url.password !== '') return undefined
  const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  return `${url.origin}${path}${url.search}`
}

/** One resource in the configuration. */
export const resourceUri = z
  .string()
  .refine(
    (uri) => canonicalResourceKey(uri) !== undefined,
    'must be the absolute http(s) URI of an MCP server, without fragment or credentials',
  )
