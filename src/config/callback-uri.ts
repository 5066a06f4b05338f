// Where the upstream sends people back to: a route of this server.
import { pathOfIssuer } from './issuer-path.ts'
import type { Report } from './read-secret.ts'
import type { EnvironmentSettings } from './schema.ts'

export function callbackUri(
  settings: Pick<EnvironmentSettings, 'OIDC_ISSUER' | 'UPSTREAM_REDIRECT_URI'>,
): string {
  return settings.UPSTREAM_REDIRECT_URI ?? `${settings.OIDC_ISSUER}/callback`
}

// The route is this path, so it holds nothing that a router would read as a pattern.
const CALLBACK_PATH = /^(\/[\w.~-]+)+\/?$/
const TAKEN_PATHS =
  /^\/(authorize|token|par|jwks|register|userinfo|revoke|introspect|interaction|assets|livez|readyz|\.well-known)(\/|$)/i

export function checkCallback(
  { OIDC_ISSUER, UPSTREAM_REDIRECT_URI: uri }: Partial<EnvironmentSettings>,
  fault: Report,
): void {
  if (uri === undefined) return
  const { origin, pathname } = new URL(uri)
  const path = OIDC_ISSUER === undefined ? '' : pathOfIssuer(OIDC_ISSUER)
  if (OIDC_ISSUER !== undefined && !`${origin}${pathname}`.startsWith(`${OIDC_ISSUER}/`)) {
    fault(
      'UPSTREAM_REDIRECT_URI',
      'must be at the origin of OIDC_ISSUER, where this server answers',
    )
  }
  const isPlain = uri === origin + pathname && CALLBACK_PATH.test(pathname)
  if (!isPlain || TAKEN_PATHS.test(pathname.slice(path.length))) {
    fault('UPSTREAM_REDIRECT_URI', 'must have a path of its own, e.g. /callback, and no query')
  }
}
