// The values of each kind of record. Kinds, with key prefixes and versions, are record-kinds.ts; parsers are
// record-parsers.ts.
import type { Members } from '../oauth/json-members.ts'
import type { RefreshChain } from '../oauth/refresh-chain.ts'
import type { StoredUpstreamTokens } from './upstream/upstream-tokens.ts'

/** A record of a person of one upstream (`belongsToUpstream` in record-kinds.ts). */
interface UpstreamsOwn {
  /** The upstream's mark (markOfIssuer in oauth/issuer.ts), which upstream/upstream-marks.ts writes; absent in records from before it existed. */
  readonly upstream?: string | undefined
}

/** The account's subject and claims, as the upstream asserted them at the last sign-in. */
export interface StoredAccount extends UpstreamsOwn {
  readonly sub: string
  /** OpenID Connect claims for the ID token and /userinfo, by their standard names. */
  readonly claims: Members
  /** For rules about people; see Identity in upstream/identity.ts. */
  readonly verifiedEmail?: string | undefined
  readonly emailDomain?: string | undefined
  readonly accessClaims?: Members | undefined
  /** Names of `access.claims` that the person had, and that the upstream did not tell when it was asked again. */
  readonly unknownClaims?: readonly string[] | undefined
  /** The same of the address. */
  readonly isAddressUnknown?: boolean | undefined
  /** When the upstream last vouched for the person. */
  readonly checkedAtMs?: number | undefined
  /** Grants and sessions of another generation have ended. Absent in accounts from before it existed: 0. */
  readonly generation?: number | undefined
  readonly sessionGeneration?: number | undefined
  /** Seconds since the epoch. Set while the account is disabled. */
  readonly disabledAt?: number | undefined
  /** Some live grants are not on its grant list, because the list was full. */
  readonly hasUnlistedGrants?: boolean | undefined
}

/** One authorization, as its account's grant list has it. */
export interface ListedGrant {
  /** A reference to the grant (grant-store.ts). */
  readonly grant: string
  readonly generation: number
  readonly clientId: string
  readonly resource: string
  readonly scopes: readonly string[]
  /** Seconds since the epoch. */
  readonly createdAt: number
}

/** The newest grants of an account, oldest first (access/grant-list-store.ts). */
interface GrantList extends UpstreamsOwn {
  readonly grants: readonly ListedGrant[]
}

/** Accounts that had an e-mail address, the latest last (access/person-index.ts). */
interface AccountEmail extends UpstreamsOwn {
  readonly subs: readonly string[]
}

/** The account that signed in with a session of the upstream (access/person-index.ts). */
interface UpstreamSession extends UpstreamsOwn {
  readonly sub: string
}

export interface ApprovalEntry {
  /** Set only where a later request may be approved without a page. */
  readonly redirectUri?: string | undefined
  /** A reference to the grant (grant-store.ts). */
  readonly grant: string
  /** Seconds since the epoch until which the entry counts. */
  readonly expiresAt: number
  /** Seconds since the epoch: when the person pressed Allow. Absent in entries of earlier versions. */
  readonly allowedAt?: number | undefined
  readonly scopes: readonly string[]
}

/** The approvals of an account for a client at a resource, oldest first. */
export type Approval = readonly ApprovalEntry[]

export interface StoredClient {
  /** RFC 7591 metadata. */
  readonly metadata: Members
  /** Seconds since the epoch; 0 if no grant was ever made. */
  readonly renewedAt: number
  /** The hash of the token that manages the registration, which lives as long as the client. */
  readonly tokenHash?: string | undefined
}

/** A copy of what a client publishes: its metadata document or its keys. */
export interface CachedDocument {
  /** The JSON as published, or of a key set what is used of it. */
  readonly value: unknown
  readonly fetchedAtMs: number
  readonly freshUntilMs: number
  /** When its URL first answered 404 or 410 since the last good fetch. */
  readonly missingSinceMs?: number | undefined
  /** Until when tokens depend on it. Absent: none were issued. */
  readonly keptUntilMs?: number | undefined
}

/** A model of the engine's, with the members that we read ourselves. */
export interface EngineModel extends UpstreamsOwn {
  /** Seconds since the epoch. */
  readonly exp?: number | undefined
  readonly consumed?: number | undefined
  /** The interaction whose request consumed it. */
  readonly consumedBy?: string | undefined
  readonly grantId?: string | undefined
  /** When a request resumed the interaction. */
  readonly resumedAtMs?: number | undefined
  readonly [member: string]: unknown
}

export interface StoredGrant extends EngineModel {
  /** A tombstone: the grant was revoked. */
  readonly revoked?: boolean | undefined
  /** Its account's at the time of the authorization. Absent in grants from before grant lists existed. */
  readonly generation?: number | undefined
}

export interface LoginAttempt extends UpstreamsOwn {
  /** Undefined: the sign-in belongs to the account page. Earlier versions answer 503 to such an attempt. */
  readonly interactionUid: string | undefined
  /** The resource server that the person connects with the upstream, without an interaction. */
  readonly connects?: string | undefined
  /** The scopes that the consent page listed, if they are fewer than the client requests. */
  readonly listedScopes?: readonly string[] | undefined
  readonly nonce: string
  readonly codeVerifier: string
  /** Set if the client asked for a fresh login, which the upstream then has to prove. */
  readonly maxAgeSeconds: number | undefined
  /** Seconds since the epoch. Undefined in records of earlier versions. */
  readonly begunAt: number | undefined
}

/** The upstream that the store began with (upstream/home-upstream.ts). */
interface StoredHomeUpstream {
  /** markOfIssuer in oauth/issuer.ts */
  readonly mark: string
}

export interface RefreshFamily {
  /** The engine's refresh token, without what changes when it rotates. */
  readonly payload: Members
  /** base64url */
  readonly macKey: string
  readonly chain: RefreshChain
  /** Seconds since the epoch: when the first token was issued, and when the current one expires. */
  readonly startedAt: number
  readonly expiresAt: number
}

export interface RecordValues {
  Account: StoredAccount
  AccountEmail: AccountEmail
  Approval: Approval
  AuthorizationCode: EngineModel
  Client: StoredClient
  ClientDocument: CachedDocument
  ClientKeySet: CachedDocument
  Grant: StoredGrant
  GrantList: GrantList
  HomeUpstream: StoredHomeUpstream
  Interaction: EngineModel
  LoginAttempt: LoginAttempt
  PushedAuthorizationRequest: EngineModel
  RefreshFamily: RefreshFamily
  RegistrationAccessToken: EngineModel
  /** That the record exists says everything. */
  ReplayDetection: Members
  Session: EngineModel
  UpstreamSession: UpstreamSession
  UpstreamTokens: StoredUpstreamTokens
}

export type RecordKind = keyof RecordValues
