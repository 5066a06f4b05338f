// The identity that the upstream asserted at one login, validated and reduced to the standard claims.
import { z } from 'zod'
import { parseEmailAddress } from '../oauth/email-address.ts'
import type { Members } from '../oauth/json-members.ts'

/** What the upstream gave us for one person. It never leaves this server, except to a resource server that exchanges its token. */
export interface UpstreamTokens {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** Of the access token. Undefined: the upstream does not say. */
  readonly expiresAtMs: number | undefined
  /** Undefined: as it was requested (RFC 6749 §5.1). */
  readonly scope: string | undefined
}

export interface Identity {
  readonly sub: string
  /** `auth_time` in seconds since the epoch: when the person authenticated at the upstream. */
  readonly authTime: number | undefined
  /** OpenID Connect Core §5.1 claims by their standard names, without `sub`. */
  readonly claims: Readonly<Record<string, string | number | boolean>>
  /** The address that the upstream vouches for, as it was asserted. */
  readonly verifiedEmail: string | undefined
  /** The domain that rules may use: of `verifiedEmail`, in lower case and ASCII. */
  readonly emailDomain: string | undefined
  /** The claims of `access.claims`, by the operator's names. */
  readonly accessClaims: Members
  /** The upstream's session (`sid` of the ID token). */
  readonly sid: string | undefined
  readonly tokens: UpstreamTokens | undefined
}

const text = z.string().min(1).max(2000)

const CLAIMS: Readonly<Record<string, z.ZodType<string | number | boolean>>> = {
  name: text,
  given_name: text,
  family_name: text,
  middle_name: text,
  nickname: text,
  preferred_username: text,
  profile: text,
  picture: text,
  website: text,
  zoneinfo: text,
  locale: text,
  updated_at: z.number(),
  email: text,
  // Some providers send a string instead of a boolean.
  email_verified: z.preprocess((value) => (value === 'true' ? true : value), z.boolean()),
}

// OpenID Connect Core §2: `sub` is at most 255 ASCII characters.
const subject = z.string().min(1).max(255)

/**
 * Merges the claims of ID token and userinfo; those of the ID token win. Ignores claims of the wrong type.
 * @throws ZodError without a usable `sub`.
 */
export function parseIdentity(
  idToken: Readonly<Record<string, unknown>>,
  userinfo: Readonly<Record<string, unknown>> = {},
): Identity {
  const sub = subject.parse(idToken['sub'])
  const claims: Record<string, string | number | boolean> = {}
  for (const [name, schema] of Object.entries(CLAIMS)) {
    const parsed = schema.safeParse(idToken[name] ?? userinfo[name])
    if (parsed.success) claims[name] = parsed.data
  }
  const authTime = z.int().positive().safeParse(idToken['auth_time']).data
  const verifiedEmail = findVerifiedEmail(claims)
  return {
    sub,
    authTime,
    claims,
    verifiedEmail,
    emailDomain: verifiedEmail && parseEmailAddress(verifiedEmail)?.domain,
    accessClaims: {},
    sid: text.safeParse(idToken['sid']).data,
    tokens: undefined,
  }
}

function findVerifiedEmail({ email, email_verified }: Identity['claims']): string | undefined {
  return email_verified === true && typeof email === 'string' ? email : undefined
}

/** Whether the ID token lacks a name or e-mail address of the scope, which userinfo may have. */
export function needsUserinfo(claims: Readonly<Record<string, unknown>>, scope: string): boolean {
  const scopes = scope.split(' ')
  return (
    (scopes.includes('profile') && claims['name'] === undefined) ||
    (scopes.includes('email') && claims['email'] === undefined)
  )
}
