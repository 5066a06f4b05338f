// The claims about a person that leave this server: by scope in ID tokens and at /userinfo, and by resource server in access
// tokens. Of what `access.claims` keeps with the account, nothing does unless the operator lists it.
import { CLAIMS_BY_SCOPE } from '../../oauth/claims.ts'
import type { StoredAccount } from '../../records/record-values.ts'

export interface ReleasedClaims {
  /** The names that a scope stands for. */
  readonly byScope: Readonly<Record<string, readonly string[]>>
  /** For ID token and /userinfo: what the scopes request, and `sub`. */
  select(account: StoredAccount, scopes: readonly string[]): Record<string, unknown>
  /** For access tokens. @throws Error if they would not fit into the header of a request */
  selectForToken(account: StoredAccount, names: readonly string[]): Record<string, unknown>
}

/** As JSON. Many servers reject a request whose headers have more than 8 KiB, and base64 adds a third. */
const MAX_TOKEN_CLAIMS_BYTES = 4 * 1024

export function createReleasedClaims(config: {
  readonly scopeClaims: Readonly<Record<string, readonly string[] | undefined>>
}): ReleasedClaims {
  const byScope = Object.fromEntries(
    Object.entries(CLAIMS_BY_SCOPE).map(([scope, names]) => [
      scope,
      [...names, ...(config.scopeClaims[scope] ?? [])],
    ]),
  )

  return {
    byScope,

    select(account, scopes) {
      const known = { ...account.claims, ...account.accessClaims }
      const names = scopes.flatMap((scope) => {
        const added = config.scopeClaims[scope] ?? []
        // A claim of the operator's must not replace a standard one of the same name.
        return [...pick(account.claims, CLAIMS_BY_SCOPE[scope] ?? []), ...pick(known, added)]
      })
      return { ...Object.fromEntries(names), sub: account.sub }
    },

    selectForToken(account, names) {
      if (names.length === 0) return {}
      const { claims, accessClaims, verifiedEmail } = account
      // A token has no room to say that an address is not verified.
      const isVerified = verifiedEmail === undefined ? undefined : true
      const standard = { ...claims, email: verifiedEmail, email_verified: isVerified }
      // As in `select`, also if the person has no verified address.
      const found = Object.fromEntries(pick({ ...accessClaims, ...standard }, names))
      if (Buffer.byteLength(JSON.stringify(found)) <= MAX_TOKEN_CLAIMS_BYTES) return found
      throw new Error(
        `the claims ${names.join(', ')} of an access token have more than 4 KiB: see tokenClaims`,
      )
    },
  }
}

function pick(claims: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return names
    .filter((name) => Object.hasOwn(claims, name) && claims[name] !== undefined)
    .map((name) => [name, claims[name]] as const)
}
