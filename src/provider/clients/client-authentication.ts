// How clients may authenticate, and two rules for client assertions (RFC 7523 §3) that the engine lacks: an
// assertion is short-lived, and for this server alone.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

export const CLIENT_AUTH_METHODS = [
  'none',
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
] as const

/** The signature algorithms of client assertions. */
export const CLIENT_AUTH_ALGS = ['RS256', 'ES256', 'EdDSA'] as const

/** The `jti` of an assertion is stored until the assertion expires. */
const MAX_ASSERTION_SECONDS = 60 * 60

/** The engine calls this after it has checked signature, `iss`, `sub`, `aud` and `exp`, and before `jti`. */
export function createAssertionCheck({ now }: { now: () => number }) {
  return async ({ oidc }: KoaContextWithOIDC, claims: Readonly<Record<string, unknown>>) => {
    const { aud, exp } = claims
    // draft-ietf-oauth-rfc7523bis: another server in the list could replay the assertion here. The issuer and
    // its endpoints may stand together, since older clients list both.
    const ours = oidc.clientJwtAuthExpectedAudience()
    if (Array.isArray(aud) && !aud.every((audience) => ours.has(audience))) {
      throw new errors.InvalidClientAuth('the assertion names another audience too')
    }
    if (typeof exp !== 'number' || exp > now() / 1000 + MAX_ASSERTION_SECONDS) {
      throw new errors.InvalidClientAuth('the assertion is valid for more than an hour')
    }
  }
}
