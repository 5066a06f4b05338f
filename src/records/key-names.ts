// The storage schema: every kind of record, its key prefix and how its id is hidden. docs/storage.md says
// what each holds and for how long.
import { createHash, createHmac } from 'node:crypto'
import { deriveKey } from '../crypto/derived-key.ts'

interface Kind {
  readonly prefix: string
  /** Whether someone could guess ids of this kind, so that a plain hash of one would give it away. */
  readonly isGuessable: boolean
  /**
   * What a record means that no known secret opens: `absent` where a person can start again; otherwise
   * the store counts as unable to answer, since "not found" would make clients throw tokens away.
   */
  readonly unreadable: 'absent' | 'unavailable'
}

const token = { isGuessable: false, unreadable: 'unavailable' } as const
const passing = { isGuessable: false, unreadable: 'absent' } as const
/** Copies of what anyone can fetch again. */
const published = { isGuessable: true, unreadable: 'absent' } as const
const name = { isGuessable: true, unreadable: 'unavailable' } as const

const KINDS = {
  Account: { prefix: 'account', ...name },
  // Unreadable, it is asked again.
  Approval: { prefix: 'approval', isGuessable: true, unreadable: 'absent' },
  AuthorizationCode: { prefix: 'code', ...token },
  Client: { prefix: 'client', ...name },
  ClientDocument: { prefix: 'client-document', ...published },
  ClientKeySet: { prefix: 'client-keys', ...published },
  Grant: { prefix: 'grant', ...token },
  Interaction: { prefix: 'interaction', ...passing },
  LoginAttempt: { prefix: 'login-attempt', ...passing },
  PushedAuthorizationRequest: { prefix: 'pushed-request', ...passing },
  RefreshFamily: { prefix: 'refresh-family', ...token },
  RegistrationAccessToken: { prefix: 'registration-token', ...token },
  ReplayDetection: { prefix: 'replay', ...token },
  Session: { prefix: 'session', ...passing },
  SessionUid: { prefix: 'session-uid', ...passing },
} as const satisfies Record<string, Kind>

export type RecordKind = keyof typeof KINDS

export const RECORD_PREFIXES: readonly string[] = Object.values(KINDS).map(({ prefix }) => prefix)

export function isRecordKind(kind: string): kind is RecordKind {
  return Object.hasOwn(KINDS, kind)
}

export function isAbsentWhenUnreadable(kind: RecordKind): boolean {
  return KINDS[kind].unreadable === 'absent'
}

/** What stands for a token's id in its key; also the reference by which an access token names its grant. */
export function hashId(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

export interface KeyNames {
  /** Where the record is written, then where it may lie from the time of an older secret. */
  ofId(kind: RecordKind, id: string): readonly [string, ...string[]]
  ofHash(kind: RecordKind, idHash: string): string
}

/** @param prefix what all keys of this installation begin with, e.g. `mcp-oidc` */
export function createKeyNames(options: {
  prefix: string
  sessionSecrets: readonly [string, ...string[]]
}): KeyNames {
  const { prefix, sessionSecrets } = options
  const hmac = (secret: string, id: string) =>
    createHmac('sha256', nameKeys.get(secret) ?? '')
      .update(id)
      .digest('base64url')
  const nameKeys = new Map(sessionSecrets.map((secret) => [secret, deriveKey(secret, 'names')]))
  const ofHash = (kind: RecordKind, hash: string) => `${prefix}:${KINDS[kind].prefix}:${hash}`
  const [newest, ...older] = sessionSecrets
  return {
    ofHash,
    ofId(kind, id) {
      if (!KINDS[kind].isGuessable) return [ofHash(kind, hashId(id))]
      return [
        ofHash(kind, hmac(newest, id)),
        ...older.map((secret) => ofHash(kind, hmac(secret, id))),
      ]
    },
  }
}
