// The URIs of this server that the operator chooses: its issuer and its redirect URI at the upstream.
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { ReportFault } from './read/read-secret.ts'
import type { EnvironmentSettings } from './schema.ts'

/** The metadata of an issuer with a path has three possible URLs, and some clients do not try them all. */
export function checkIssuerPath(
  { OIDC_ISSUER, ALLOW_ISSUER_PATH }: Partial<EnvironmentSettings>,
  reportFault: ReportFault,
): void {
  if (OIDC_ISSUER === undefined || ALLOW_ISSUER_PATH || pathOfIssuer(OIDC_ISSUER) === '') return
  reportFault(
    'OIDC_ISSUER',
    'must have no path, because some clients then miss its metadata: remove the path or set ALLOW_ISSUER_PATH=true',
  )
}

export function callbackUri(
  settings: Pick<EnvironmentSettings, 'OIDC_ISSUER' | 'UPSTREAM_REDIRECT_URI'>,
): string {
  return settings.UPSTREAM_REDIRECT_URI ?? `${settings.OIDC_ISSUER}/callback`
}

// The path becomes a route, so it must not contain the characters of a route pattern.
const CALLBACK_PATH = /^(\/[\w.~-]+)+\/?$/

/** @param isTaken whether another route of this server uses a path, given without the issuer's path */
export function checkCallback(
  { OIDC_ISSUER, UPSTREAM_REDIRECT_URI: uri }: Partial<EnvironmentSettings>,
  isTaken: (path: string) => boolean,
  reportFault: ReportFault,
): void {
  if (uri === undefined) return
  const { origin, pathname } = new URL(uri)
  const path = OIDC_ISSUER === undefined ? '' : pathOfIssuer(OIDC_ISSUER)
  if (OIDC_ISSUER !== undefined && !`${origin}${pathname}`.startsWith(`${OIDC_ISSUER}/`)) {
    reportFault(
      'UPSTREAM_REDIRECT_URI',
      'must begin with OIDC_ISSUER, because this server handles the callback',
    )
  }
  const isPlain = uri === origin + pathname && CALLBACK_PATH.test(pathname)
  if (!isPlain || isTaken(pathname.slice(path.length))) {
    reportFault(
      'UPSTREAM_REDIRECT_URI',
      'must have a path that no other route uses, e.g. /callback, and no query or fragment',
    )
  }
}
