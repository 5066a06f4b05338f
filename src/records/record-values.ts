// What each kind of record holds, and the parser that checks it when it is read. The kinds themselves,
// with key prefixes and versions, are record-kinds.ts.
import type { RefreshChain } from '../oauth/refresh-chain.ts'

type Members = Readonly<Record<string, unknown>>

/** The account's subject and claims, as the upstream asserted them at the last sign-in. */
export interface StoredAccount {
  readonly sub: string
  /** OpenID Connect claims for the ID token and /userinfo, by their standard names. */
  readonly claims: Members
}

export interface ApprovalEntry {
  /** Set only where a later request may be approved without a page. */
  readonly redirectUri?: string | undefined
  /** A reference to the grant (grant-store.ts). */
  readonly grant: string
  /** Seconds since the epoch until which the entry counts. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** What an account approved for a client at a resource, oldest first. */
export type Approval = readonly ApprovalEntry[]

export interface StoredClient {
  /** RFC 7591 metadata. */
  readonly metadata: Members
  /** Seconds since the epoch; 0 if no grant was ever made. */
  readonly renewedAt: number
}

/** A copy of what a client publishes: its metadata document or its keys. */
export interface CachedDocument {
  /** The JSON as published. */
  readonly value: unknown
  readonly fetchedAtMs: number
  readonly freshUntilMs: number
  /** When its URL first answered 404 or 410 since the last good fetch. */
  readonly missingSinceMs?: number | undefined
}

/** A model of the engine's, with the members that we read ourselves. */
export interface EngineModel {
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
}

export interface LoginAttempt {
  readonly interactionUid: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Set if the client asked for a fresh login, which the upstream then has to prove. */
  readonly maxAgeSeconds: number | undefined
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
  Approval: Approval
  AuthorizationCode: EngineModel
  Client: StoredClient
  ClientDocument: CachedDocument
  ClientKeySet: CachedDocument
  Grant: StoredGrant
  Interaction: EngineModel
  LoginAttempt: LoginAttempt
  PushedAuthorizationRequest: EngineModel
  RefreshFamily: RefreshFamily
  RegistrationAccessToken: EngineModel
  /** That the record exists says everything. */
  ReplayDetection: Members
  Session: EngineModel
  /** The id of the session that has this uid. */
  SessionUid: string
}

export type RecordKind = keyof RecordValues

/** @throws TypeError that names the member, never its value */
export type Parse<V> = (value: unknown) => V

export const PARSERS: { readonly [K in RecordKind]: Parse<RecordValues[K]> } = {
  Account(value) {
    const account = membersOf(value)
    return { sub: textOf(account, 'sub'), claims: membersOf(account['claims']) }
  },
  Approval: (value) => listOf(value).map(parseApprovalEntry),
  AuthorizationCode: parseModel,
  Client(value) {
    const client = membersOf(value)
    return { metadata: membersOf(client['metadata']), renewedAt: numberOf(client, 'renewedAt') }
  },
  ClientDocument: parseDocument,
  ClientKeySet: parseDocument,
  Grant(value) {
    const { revoked } = membersOf(value)
    return { ...parseModel(value), revoked: optional(revoked, 'boolean', 'revoked') }
  },
  Interaction: parseModel,
  LoginAttempt(value) {
    const attempt = membersOf(value)
    return {
      interactionUid: textOf(attempt, 'interactionUid'),
      nonce: textOf(attempt, 'nonce'),
      codeVerifier: textOf(attempt, 'codeVerifier'),
      maxAgeSeconds: optional(attempt['maxAgeSeconds'], 'number', 'maxAgeSeconds'),
    }
  },
  PushedAuthorizationRequest: parseModel,
  RefreshFamily(value) {
    const family = membersOf(value)
    return {
      payload: membersOf(family['payload']),
      macKey: textOf(family, 'macKey'),
      chain: parseChain(family['chain']),
      startedAt: numberOf(family, 'startedAt'),
      expiresAt: numberOf(family, 'expiresAt'),
    }
  },
  RegistrationAccessToken: parseModel,
  ReplayDetection: membersOf,
  Session: parseModel,
  SessionUid: (value) => textOf({ id: value }, 'id'),
}

function parseApprovalEntry(value: unknown): ApprovalEntry {
  const entry = membersOf(value)
  return {
    redirectUri: optional(entry['redirectUri'], 'string', 'redirectUri'),
    grant: textOf(entry, 'grant'),
    expiresAt: numberOf(entry, 'expiresAt'),
    scopes: listOf(entry['scopes']).map((scope) => textOf({ scope }, 'scope')),
  }
}

function parseDocument(value: unknown): CachedDocument {
  const document = membersOf(value)
  return {
    value: document['value'],
    fetchedAtMs: numberOf(document, 'fetchedAtMs'),
    freshUntilMs: numberOf(document, 'freshUntilMs'),
    missingSinceMs: optional(document['missingSinceMs'], 'number', 'missingSinceMs'),
  }
}

function parseModel(value: unknown): EngineModel {
  const model = membersOf(value)
  optional(model['exp'], 'number', 'exp')
  optional(model['consumed'], 'number', 'consumed')
  optional(model['consumedBy'], 'string', 'consumedBy')
  optional(model['grantId'], 'string', 'grantId')
  optional(model['resumedAtMs'], 'number', 'resumedAtMs')
  return model
}

function parseChain(value: unknown): RefreshChain {
  const chain = membersOf(value)
  return {
    current: numberOf(chain, 'current'),
    lastPresented: numberOf(chain, 'lastPresented'),
    firstPresented: listOf(chain['firstPresented']).map((pair) => {
      const [number, atMs] = listOf(pair)
      return [numberOf({ number }, 'number'), numberOf({ atMs }, 'atMs')] as const
    }),
  }
}

function membersOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new TypeError('not an object')
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('not a list')
}

function textOf(members: Members, name: string): string {
  const value = members[name]
  if (typeof value === 'string') return value
  throw new TypeError(`${name} is not a string`)
}

function numberOf(members: Members, name: string): number {
  const value = members[name]
  if (typeof value === 'number') return value
  throw new TypeError(`${name} is not a number`)
}

interface Primitives {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

function optional<T extends keyof Primitives>(
  value: unknown,
  type: T,
  name: string,
): Primitives[T] | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== type) throw new TypeError(`${name} is not a ${type}`)
  return value as Primitives[T] // the check above is one on `type`
}
