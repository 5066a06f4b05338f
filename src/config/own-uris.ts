// The URIs of this server that the operator chooses: its issuer, and the callback of the upstream.
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { ReportFault } from './read-secret.ts'
import type { EnvironmentSettings } from './schema.ts'

/** Clients look for the metadata of an issuer with a path in three places, and some in fewer. */
export function checkIssuerPath(
  { OIDC_ISSUER, ALLOW_ISSUER_PATH }: Partial<EnvironmentSettings>,
  reportFault: ReportFault,
): void {
  if (OIDC_ISSUER === undefined || ALLOW_ISSUER_PATH || pathOfIssuer(OIDC_ISSUER) === '') return
  reportFault(
    'OIDC_ISSUER',
    'must have no path, since some clients miss it (or set ALLOW_ISSUER_PATH=true)',
  )
}

export function callbackUri(
  settings: Pick<EnvironmentSettings, 'OIDC_ISSUER' | 'UPSTREAM_REDIRECT_URI'>,
): string {
  return settings.UPSTREAM_REDIRECT_URI ?? `${settings.OIDC_ISSUER}/callback`
}

// The router gets this path, so it must not hold what a router reads as a pattern.
const CALLBACK_PATH = /^(\/[\w.~-]+)+\/?$/

/** @param isTaken whether another route of this server has a path, given without the issuer's */
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
      'must be at the origin of OIDC_ISSUER, where this server answers',
    )
  }
  const isPlain = uri === origin + pathname && CALLBACK_PATH.test(pathname)
  if (!isPlain || isTaken(pathname.slice(path.length))) {
    reportFault(
      'UPSTREAM_REDIRECT_URI',
      'must have a path of its own, e.g. /callback, and no query',
    )
  }
}
