// What we ask of a client assertion (RFC 7523 §3) beyond the engine: its life is short.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

/** Its `jti` is remembered until then. */
const LONGEST_SECONDS = 60 * 60

/** Called after signature, `iss`, `sub`, `aud` and `exp` were checked, and before `jti` is. */
export function createAssertionCheck({ now }: { now: () => number }) {
  return async (_ctx: KoaContextWithOIDC, claims: Readonly<Record<string, unknown>>) => {
    if (Number(claims['exp']) > now() / 1000 + LONGEST_SECONDS) {
      throw new errors.InvalidClientAuth('the assertion lives for more than an hour')
    }
  }
}
