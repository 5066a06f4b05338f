// The names of claims: those that a scope of OpenID Connect stands for, and those that only this server sets.

/** The claims that a scope requests (OpenID Connect Core §5.4); `sub` belongs to `openid`. */
export const CLAIMS_BY_SCOPE: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
}

/** RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 9449 §6.1, OpenID Connect Core §2, and ours. */
const OWN = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'typ', 'scope', 'client_id', 'cnf', 'act'],
  ...['may_act', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash', 'c_hash', 's_hash', 'sid'],
  ...['authorization_details', 'grant_ref', 'active', 'token_type', 'username', '__proto__'],
])

/** Whether a claim says something about the token, so that no provider of identities may set it. */
export const isOwnClaim = (name: string): boolean => OWN.has(name)

export function isStandardClaim(name: string): boolean {
  return Object.values(CLAIMS_BY_SCOPE).some((names) => names.includes(name))
}
