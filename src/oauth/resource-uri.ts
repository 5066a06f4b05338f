// Resource indicators (RFC 8707): which URIs are valid, which spellings are equivalent, and which name one server.
import { MAX_URL_LENGTH, parseUrl } from './parse-url.ts'

/** Whether a client may send it: an absolute URI (RFC 8707 §2) of bounded length. */
export function isResourceIndicator(uri: string): boolean {
  return uri.length <= MAX_URL_LENGTH && parseUrl(uri) !== undefined
}

/** All URIs that clients name a resource server by. Its own comes first. */
export function resourceUrisOf(server: {
  readonly resource: string
  readonly aliases: readonly string[]
}): readonly string[] {
  return [server.resource, ...server.aliases]
}

/**
 * A key that equivalent resource URIs share (RFC 3986 §6.2.2, §6.2.3): scheme and host in lower case, no
 * default port, no trailing slash. Undefined if `uri` is not an absolute http(s) URI, or has a
 * fragment (RFC 8707 §2) or credentials.
 *
 * The query is part of the key: RFC 8707 §2 compares the whole URI, and an MCP server whose URI has a
 * query would reject a token whose audience lacks it.
 */
export function canonicalResourceKey(uri: string): string | undefined {
  const url = parseUrl(uri)
  if (!url || !['https:', 'http:'].includes(url.protocol)) return undefined
  if (uri.includes('#') || url.username !== '' || url.password !== '') return undefined
  const path = url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname
  return `${url.origin}${path}${url.search}`
}

const MAX_LENGTH = 200

/**
 * A resource that a client asked for, for the log and for people. Anyone may send anything, so credentials, query and
 * fragment become `…`, and the text is short and without spaces.
 */
export function describeResource(uri: string): string {
  const url = parseUrl(uri)
  if (!url) return /^[\w.~:/-]{1,100}$/.test(uri) ? uri : '…'
  if (!['https:', 'http:'].includes(url.protocol)) return `${url.protocol}…`.slice(0, MAX_LENGTH)
  const credentials = url.username === '' && url.password === '' ? '' : '…@'
  const address = `${url.protocol}//${credentials}${url.host}${url.pathname}`
  const cut = address.length > MAX_LENGTH ? `${address.slice(0, MAX_LENGTH)}…` : address
  return `${cut}${url.search === '' ? '' : '?…'}${uri.includes('#') ? '#…' : ''}`
}
