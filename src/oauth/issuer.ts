// Issuer identifiers: this server's (RFC 8414 §2: an origin, or an origin with a path), and the upstream's with
// its subjects.
import { createHash } from 'node:crypto'

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

/** The operator chooses the upstream, so a short hash is enough to tell one from another. */
const MARK_LENGTH = 11

/**
 * Marks records of accounts with the upstream that they came from. Discovery accepts an issuer in every spelling of
 * its URL, such as with and without the slash of an empty path, so all of them have the same mark.
 */
export function markOfIssuer(issuer: string): string {
  const hash = createHash('sha256').update(new URL(issuer).href).digest('base64url')
  return hash.slice(0, MARK_LENGTH)
}

const DERIVED_SUBJECT = /^upstream\.[\w-]{43}$/

/**
 * The subject that we issue for a person who is `sub` at `issuer`. A subject is locally unique within its issuer only
 * (OpenID Connect Core §2), and we are one issuer: people of an upstream other than the home upstream get a hash of
 * both. It depends on no secret, and no subject of the home upstream can equal it.
 */
export function subjectOf(issuer: string, sub: string, options: { isHome: boolean }): string {
  if (options.isHome && !DERIVED_SUBJECT.test(sub)) return sub
  const hash = createHash('sha256')
    .update(`${new URL(issuer).href}\0${sub}`)
    .digest('base64url')
  return `upstream.${hash}`
}
