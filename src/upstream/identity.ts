// The identity that the upstream asserted at one login, validated and reduced to what this server uses: the standard
// claims, the verified address by the preset's rule, and the claims of `access.claims`.
import { z } from 'zod'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { AppError } from '../errors.ts'
import { parseEmailAddress, toAsciiDomain } from '../oauth/email-address.ts'
import type { Members } from '../oauth/json-members.ts'
import { hasClaim, readAccessClaims } from './access-claims.ts'

/** The tokens that the upstream issued for one person. Only a resource server that may exchange gets the access token. */
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
  /** There was no ID token, so claims that only ID tokens have are missing. */
  readonly isPartial?: boolean
}

export type IdentityRules = Pick<
  UpstreamConfig,
  | 'protocol'
  | 'subjectClaims'
  | 'verifiedEmail'
  | 'emailDomainClaim'
  | 'tenantClaim'
  | 'tenants'
  | 'accessClaims'
>

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
const idNumber = z.int().nonnegative().transform(String)
/** Only APIs that are not OpenID Connect have numbers. */
const SUBJECTS = { openid: subject, oauth: z.union([subject, idNumber]) }
const SEPARATOR = '|'

/** OpenID Connect as it is specified. */
const STANDARD: IdentityRules = {
  protocol: 'openid',
  subjectClaims: ['sub'],
  verifiedEmail: 'claim',
  tenants: undefined,
  accessClaims: {},
}

/**
 * Merges the claims of ID token and userinfo (`given`); those of the ID token win. Ignores standard claims of the wrong type.
 * @throws ZodError without a usable subject; AppError upstream_account_refused; Error if the access claims are too large
 */
export function parseIdentity(
  idToken: Members,
  given: Members = {},
  rules: IdentityRules = STANDARD,
): Identity {
  const userinfo = withoutOtherAddress(idToken, given, rules)
  const asserted = { ...userinfo, ...idToken }
  const sub = readSubject(asserted, rules)
  checkTenant(asserted, rules)
  const claims: Record<string, string | number | boolean> = {}
  for (const [name, schema] of Object.entries(CLAIMS)) {
    const parsed = schema.safeParse(idToken[name] ?? userinfo[name])
    if (parsed.success) claims[name] = parsed.data
  }
  const verifiedEmail = findVerifiedEmail(claims, asserted, rules)
  return {
    sub,
    authTime: z.int().positive().safeParse(idToken['auth_time']).data,
    claims,
    verifiedEmail,
    emailDomain: verifiedEmail && findDomain(verifiedEmail, asserted, rules),
    accessClaims: readAccessClaims(asserted, rules.accessClaims),
    sid: text.safeParse(idToken['sid']).data,
    tokens: undefined,
  }
}

/** If userinfo has another address than the ID token, that it is verified says nothing about the ID token's. */
function withoutOtherAddress(
  { email }: Members,
  userinfo: Members,
  { verifiedEmail: rule }: IdentityRules,
): Members {
  if (email === undefined || [undefined, email].includes(userinfo['email'])) return userinfo
  const { email_verified: _, ...rest } = userinfo
  const own = typeof rule === 'object' ? rule.claim : undefined
  return Object.fromEntries(Object.entries(rest).filter(([name]) => name !== own))
}

function readSubject(asserted: Members, { protocol, subjectClaims }: IdentityRules): string {
  const parts = subjectClaims.map((name) => SUBJECTS[protocol].parse(asserted[name]))
  const [only, ...more] = parts
  if (only !== undefined && more.length === 0) return only
  // Else two people could have the same joined subject.
  if (parts.some((part) => part.includes(SEPARATOR))) {
    throw new Error(`a claim of the subject contains ${SEPARATOR}`)
  }
  return subject.parse(parts.join(SEPARATOR))
}

function checkTenant(asserted: Members, { tenantClaim, tenants }: IdentityRules): void {
  if (tenants === undefined) return
  const tenant = tenantClaim === undefined ? undefined : asserted[tenantClaim]
  if (typeof tenant !== 'string' || !tenants.includes(tenant.toLowerCase())) {
    throw new AppError('upstream_account_refused', {
      cause: new Error(`the claim ${tenantClaim} names no tenant of UPSTREAM_TENANTS`),
    })
  }
}

function findVerifiedEmail(
  { email, email_verified: isVerified }: Identity['claims'],
  asserted: Members,
  { verifiedEmail: rule }: IdentityRules,
): string | undefined {
  if (typeof email !== 'string' || rule === 'never') return undefined
  if (rule === 'always') return email
  if (rule === 'claim') return isVerified === true ? email : undefined
  return [true, 'true', 1, '1'].includes(asserted[rule.claim] as string) ? email : undefined // any type compares
}

/** Undefined if the address has no domain, or one that nobody vouches for. */
function findDomain(
  email: string,
  asserted: Members,
  { emailDomainClaim }: IdentityRules,
): string | undefined {
  const domain = parseEmailAddress(email)?.domain
  if (emailDomainClaim === undefined) return domain
  const claimed = asserted[emailDomainClaim]
  return typeof claimed === 'string' && toAsciiDomain(claimed) === domain ? domain : undefined
}

/** Whether the claims lack a name or e-mail address of the scope, or a claim of `access.claims`. */
export function isThin(
  claims: Members,
  { scope, accessClaims }: Pick<UpstreamConfig, 'scope' | 'accessClaims'>,
): boolean {
  const scopes = scope.split(' ')
  return (
    (scopes.includes('profile') && claims['name'] === undefined) ||
    (scopes.includes('email') && claims['email'] === undefined) ||
    Object.values(accessClaims).some((source) => !hasClaim(claims, source))
  )
}
