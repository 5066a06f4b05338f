// How clients may authenticate, and two rules for client assertions (RFC 7523 §3) that the engine lacks: an
// assertion is used soon after it was issued, and for this server alone.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

export const CLIENT_AUTH_METHODS = [
  'none',
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
] as const

const MAX_ASSERTION_SECONDS = 60 * 60
/** RFC 7523 §3: an assertion issued "unreasonably far in the past" may be rejected. Some say no more than `exp`. */
const MAX_AGE_SECONDS = 10 * 60
const CLOCK_SKEW_SECONDS = 2 * 60

/** An assertion that is accepted now is rejected after this long, so its `jti` need not be stored for longer. */
export const LONGEST_USE_SECONDS = MAX_AGE_SECONDS + CLOCK_SKEW_SECONDS

/** The engine calls this after it has checked signature, `iss`, `sub`, `aud` and `exp`, and before `jti`. */
export function createAssertionCheck({ now }: { now: () => number }) {
  return async ({ oidc }: KoaContextWithOIDC, claims: Readonly<Record<string, unknown>>) => {
    const { aud, exp, iat } = claims
    const nowSeconds = now() / 1000
    // draft-ietf-oauth-rfc7523bis: another server in the list could replay the assertion here. The issuer and
    // its endpoints may stand together, since older clients list both.
    const ours = oidc.clientJwtAuthExpectedAudience()
    if (Array.isArray(aud) && !aud.every((audience) => ours.has(audience))) {
      throw new errors.InvalidClientAuth('the assertion names another audience too')
    }
    if (typeof exp !== 'number' || exp > nowSeconds + MAX_ASSERTION_SECONDS) {
      throw new errors.InvalidClientAuth('the assertion is valid for more than an hour')
    }
    if (iat === undefined && exp > nowSeconds + MAX_AGE_SECONDS) {
      throw new errors.InvalidClientAuth(
        'the assertion has no iat and is valid for over ten minutes',
      )
    }
    if (iat === undefined) return
    if (typeof iat !== 'number' || iat > nowSeconds + CLOCK_SKEW_SECONDS) {
      throw new errors.InvalidClientAuth('the assertion was issued in the future')
    }
    if (iat < nowSeconds - MAX_AGE_SECONDS) {
      throw new errors.InvalidClientAuth('the assertion was issued more than ten minutes ago')
    }
  }
}
