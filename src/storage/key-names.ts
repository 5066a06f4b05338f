// The storage schema: every kind of record, its key prefix and what it holds. Ids are hashed, so that a
// stolen key names no token; the lifetimes are those of config's `lifetimes`.
import { createHash } from 'node:crypto'

const PREFIXES = {
  Account: 'account',
  AuthorizationCode: 'code',
  Client: 'client',
  Grant: 'grant',
  Interaction: 'interaction',
  LoginAttempt: 'login-attempt',
  RefreshToken: 'refresh-token',
  ReplayDetection: 'replay',
  Session: 'session',
  SessionUid: 'session-uid',
} as const

export type RecordKind = keyof typeof PREFIXES

const NAMESPACE = 'mcp-oidc'

export function isRecordKind(name: string): name is RecordKind {
  return Object.hasOwn(PREFIXES, name)
}

/** What stands for an id in a key; also the reference by which an access token names its grant. */
export function hashId(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

export function recordKey(kind: RecordKind, idHash: string): string {
  return `${NAMESPACE}:${PREFIXES[kind]}:${idHash}`
}
