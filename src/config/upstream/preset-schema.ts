// The members of a preset, which describes one kind of upstream. The files are
// config/upstream/*.jsonc, with the reason of each member.
// `upstream` of the configuration file overrides each member.
import { z } from 'zod'
import { claimSource } from '../access/claim-sources.ts'

const text = z.string().min(1)
const scopes = z
  .string()
  .regex(/^[\x21-\x7E]+( [\x21-\x7E]+)*$/, 'must be scopes with one space between')
const parameters = z.record(z.string(), z.string())

/** `*` is any one label. */
const host = z.string().regex(/^[a-z0-9.*-]+$/, 'must be a host name in lower case')

export const AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const

const members = {
  /** `oauth`: plain OAuth 2.0. There is no ID token, and userinfo says who the person is. */
  protocol: z.enum(['openid', 'oauth']),
  /** The claims that name a person for ever, joined by `|`. */
  subject: z.array(text).min(1),
  scopes: scopes.or(z.literal('')),
  /** Added to `scopes` if `access.claims` has the name with `true`. */
  claimScopes: z.record(z.string(), scopes),
  parameters,
  /** Parameters of the authorization request that must not be sent, also if UPSTREAM_PARAMS has them. */
  dropParameters: z.array(text),
  /** Undefined: the discovery document decides. */
  authMethod: z.enum(AUTH_METHODS).optional(),
  /** The `aud` of client assertions (RFC 7523 §3). */
  assertionAudience: z.enum(['issuer', 'token_endpoint']),
  /** Where the provider puts claims, by the names that `access.claims` may list. */
  claims: z.record(z.string(), claimSource),
  /** `claim`: `email_verified`. A claim of another name counts if it is true. */
  verifiedEmail: z.union([z.enum(['claim', 'always', 'never']), z.strictObject({ claim: text })]),
  /** Rules about e-mail domains count only if this claim is the domain. */
  emailDomainClaim: text.optional(),
  /** `thin`: if the ID token lacks a claim that is wanted. */
  userinfo: z.enum(['always', 'thin', 'never']),
  /** An API that has what the ID token lacks; src/upstream/apis has one file each. */
  api: z.enum(['github', 'microsoft-graph']).optional(),
  /** The claim that names the person's organisation. */
  tenantClaim: text.optional(),
  /** Of the issuer's path: with one of these segments, it is shared by tenants, which must then be listed. */
  sharedIssuers: z.array(text),
  refreshTokens: z.enum(['always', 'offline_access', 'first consent', 'none']),
  /** Added to scopes and parameters if this server needs refresh tokens. */
  refreshScopes: scopes.or(z.literal('')),
  refreshParameters: parameters,
  revalidation: z.enum(['refresh', 'userinfo', 'none']),
  /** Members of the discovery document; `{issuer}` is the issuer. Nothing is fetched if the protocol is `oauth`. */
  discovery: z.record(z.string(), z.json()),
  /** Whether the authorization request encodes a space as `%20` instead of `+`. */
  percentEncodedSpaces: z.boolean(),
  issuerSlash: z.enum(['required', 'forbidden', 'any']),
}

export const presetSchema = z.strictObject({
  ...members,
  /** The hosts of the issuers that it is recognised by. */
  hosts: z.array(host),
})

export const upstreamOverridesSchema = z.strictObject(members).partial()

export type Preset = z.infer<typeof presetSchema>
