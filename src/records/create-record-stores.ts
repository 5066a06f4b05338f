// Every kind's store over one backend, with the lifetimes of the configuration.
import type { Lifetimes } from '../config/file-schema.ts'
import { createSeal } from '../crypto/seal.ts'
import type { Store } from '../store/store.ts'
import { type AccountStore, createAccountStore } from './account-store.ts'
import { type ApprovalStore, createApprovalStore } from './approval-store.ts'
import { type ClientStore, createClientStore } from './client-store.ts'
import { createDocumentStore, type DocumentStore } from './document-store.ts'
import { createGrantStore, type GrantStore } from './grant-store.ts'
import { createKeyNames } from './key-names.ts'
import { createLoginAttemptStore, type LoginAttemptStore } from './login-attempt-store.ts'
import { createRecords, type Records } from './records.ts'
import { createRefreshFamilies, type RefreshFamilies } from './refresh-family.ts'
import { createReplayStore, type ReplayStore } from './replay-store.ts'

interface RecordStores {
  readonly records: Records
  readonly accounts: AccountStore
  readonly approvals: ApprovalStore
  readonly attempts: LoginAttemptStore
  readonly clientDocuments: DocumentStore
  readonly clientKeySets: DocumentStore
  /** Clients that registered dynamically. */
  readonly registrations: ClientStore
  readonly families: RefreshFamilies
  readonly grants: GrantStore
  readonly replays: ReplayStore
}

const DAY_SECONDS = 24 * 60 * 60

export function createRecordStores(options: {
  store: Store
  keyPrefix: string
  sessionSecrets: readonly [string, ...string[]]
  lifetimes: Lifetimes
  /** Whose people the accounts are. */
  upstreamIssuer: string
  now: () => number
}): RecordStores {
  const { store, keyPrefix, sessionSecrets, lifetimes, upstreamIssuer, now } = options
  const maxLifetimeSeconds = lifetimes.refreshMaxLifetimeSeconds
  const records = createRecords({
    store,
    seal: createSeal(sessionSecrets),
    keyNames: createKeyNames({ prefix: keyPrefix, sessionSecrets }),
    upstreamIssuer,
  })
  return {
    records,
    // An account must outlive each of its grants.
    accounts: createAccountStore({ records, ttlSeconds: maxLifetimeSeconds + DAY_SECONDS }),
    approvals: createApprovalStore({ records, now }),
    attempts: createLoginAttemptStore({ records, ttlSeconds: lifetimes.loginAttemptSeconds }),
    clientDocuments: createDocumentStore({ records, kind: 'ClientDocument' }),
    clientKeySets: createDocumentStore({ records, kind: 'ClientKeySet' }),
    registrations: createClientStore({
      records,
      ttlSeconds: lifetimes.clientSeconds,
      unusedTtlSeconds: lifetimes.unusedClientSeconds,
      now,
    }),
    families: createRefreshFamilies({
      records,
      now,
      reuseWindowSeconds: lifetimes.refreshReuseWindowSeconds,
      lifetimeSeconds: lifetimes.refreshTokenSeconds,
      maxLifetimeSeconds,
    }),
    grants: createGrantStore({ records, maxLifetimeSeconds }),
    replays: createReplayStore({ records, now }),
  }
}
