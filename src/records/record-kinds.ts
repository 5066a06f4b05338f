// The storage schema: every kind of record, with its key prefix and version. docs/storage.md says what each
// holds and for how long; record-values.ts has the types and parsers.
import type { RecordKind } from './record-values.ts'

interface Kind {
  readonly prefix: string
  /** Of the shape in record-values.ts. Raise it when an older process could not read the new shape. */
  readonly version: number
  /** Whether someone could guess ids of this kind, so that a plain hash of one would reveal it. */
  readonly isGuessable: boolean
  /**
   * The meaning of a record that no known secret has sealed: `absent` where a person can start again; else the
   * store counts as unable to answer, because "not found" would make clients throw tokens away. A damaged
   * record is never absent, whatever its kind.
   */
  readonly unreadable: 'absent' | 'unavailable'
  /** Whether it names or signs in a person of one upstream. For any other upstream, it is absent. */
  readonly belongsToUpstream?: true
}

const token = { version: 1, isGuessable: false, unreadable: 'unavailable' } as const
const temporary = { version: 1, isGuessable: false, unreadable: 'absent' } as const
/** Copies of what anyone can fetch again. */
const published = { version: 1, isGuessable: true, unreadable: 'absent' } as const
const name = { version: 1, isGuessable: true, unreadable: 'unavailable' } as const

export const KINDS: Readonly<Record<RecordKind, Kind>> = {
  Account: { prefix: 'account', ...name, belongsToUpstream: true },
  AccountEmail: { prefix: 'account-email', ...name, belongsToUpstream: true },
  // If it cannot be read, the person is asked again.
  Approval: { prefix: 'approval', version: 1, isGuessable: true, unreadable: 'absent' },
  AuthorizationCode: { prefix: 'code', ...token, belongsToUpstream: true },
  Client: { prefix: 'client', ...name },
  ClientDocument: { prefix: 'client-document', ...published },
  ClientKeySet: { prefix: 'client-keys', ...published },
  Grant: { prefix: 'grant', ...token, belongsToUpstream: true },
  GrantList: { prefix: 'grant-list', ...name, belongsToUpstream: true },
  // Not found under another SESSION_SECRET, like the accounts that it is about.
  HomeUpstream: { prefix: 'home-upstream', ...name },
  Interaction: { prefix: 'interaction', ...temporary, belongsToUpstream: true },
  LoginAttempt: { prefix: 'login-attempt', ...temporary, belongsToUpstream: true },
  PushedAuthorizationRequest: { prefix: 'pushed-request', ...temporary },
  RefreshFamily: { prefix: 'refresh-family', ...token },
  RegistrationAccessToken: { prefix: 'registration-token', ...token },
  ReplayDetection: { prefix: 'replay', ...token },
  Session: { prefix: 'session', ...temporary, belongsToUpstream: true },
  UpstreamSession: { prefix: 'upstream-session', ...name, belongsToUpstream: true },
  UpstreamTokens: { prefix: 'upstream-tokens', ...name, belongsToUpstream: true },
}

export const RECORD_PREFIXES: readonly string[] = Object.values(KINDS).map(({ prefix }) => prefix)
