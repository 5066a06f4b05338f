// An issuer is an origin, unless ALLOW_ISSUER_PATH says that this one has a path. Clients look for the
// metadata of such an issuer at three places, and some at fewer (clients.md §8).
import type { Report } from './read-secret.ts'
import type { EnvironmentSettings } from './schema.ts'

/** As a browser writes it: no trailing slash, no query; the path is one that a router takes as it is. */
export function isPlainIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (!url) return false
  const path = value.slice(url.origin.length)
  return value === url.origin + path && (path === '' || (path === url.pathname && PATH.test(path)))
}

const PATH = /^(\/[\w.~-]*\w)+$/

/** The path of an issuer, which is that of all its routes; '' for an origin. */
export function pathOfIssuer(issuer: string): string {
  return issuer.slice(new URL(issuer).origin.length)
}

export function checkIssuerPath(
  { OIDC_ISSUER, ALLOW_ISSUER_PATH }: Partial<EnvironmentSettings>,
  fault: Report,
): void {
  if (OIDC_ISSUER === undefined || ALLOW_ISSUER_PATH || pathOfIssuer(OIDC_ISSUER) === '') return
  fault(
    'OIDC_ISSUER',
    'must have no path, since some clients miss it (or set ALLOW_ISSUER_PATH=true)',
  )
}
