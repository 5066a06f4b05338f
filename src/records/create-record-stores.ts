// Every kind's store over one backend, with the lifetimes of the configuration.
import { accountSecondsOf, DAY_SECONDS } from '../config/lifetimes.ts'
import type { Config } from '../config/load.ts'
import { createSeal } from '../crypto/seal.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import { type AccountStore, createAccountStore } from './access/account-store.ts'
import { createGrantListStore, type GrantListStore } from './access/grant-list-store.ts'
import { createPersonIndex, type PersonIndex } from './access/person-index.ts'
import { type ApprovalStore, createApprovalStore } from './approval-store.ts'
import { type Canary, createCanary } from './canary/canary.ts'
import { gateStore } from './canary/gated-store.ts'
import { type ClientStore, createClientStore } from './client-store.ts'
import { createDocumentStore, type DocumentStore } from './document-store.ts'
import { createGrantStore, type GrantStore } from './grant-store.ts'
import { createKeyNames } from './key-names.ts'
import { createLoginAttemptStore, type LoginAttemptStore } from './login-attempt-store.ts'
import { createRecords, type Records } from './records.ts'
import { createRefreshFamilies, type RefreshFamilies } from './refresh-family.ts'
import { createReplayStore, type ReplayStore } from './replay-store.ts'
import {
  createHomeReader,
  createHomeUpstream,
  type HomeUpstream,
} from './upstream/home-upstream.ts'
import {
  createUpstreamTokenStore,
  type UpstreamTokenStore,
} from './upstream/upstream-token-store.ts'

export interface RecordStores {
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
  readonly grantLists: GrantListStore
  readonly people: PersonIndex
  /** Names an account in the log, as the keys of the store name it: its subject may be an e-mail address. */
  readonly referToAccount: (sub: string) => string
  readonly replays: ReplayStore
  readonly homeUpstream: HomeUpstream
  readonly upstreamTokens: UpstreamTokenStore
  readonly canary: Canary
}

export function createRecordStores(options: {
  config: Pick<Config, 'lifetimes' | 'sessionSecrets' | 'storeKeyPrefix' | 'upstream'>
  store: Store
  now: () => number
  monotonicNow: () => number
  logger: Pick<Logger, 'warn' | 'error'>
  /** Whether the upstream of the configuration becomes the home upstream if the store has none. Default: true. */
  decidesHome?: boolean
}): RecordStores {
  const { config, store, now, monotonicNow, logger } = options
  const issuer = config.upstream.subjectIssuer
  const { lifetimes, sessionSecrets } = config
  const maxLifetimeSeconds = lifetimes.refreshMaxLifetimeSeconds
  const accountSeconds = accountSecondsOf(lifetimes)
  const seal = createSeal(sessionSecrets)
  const canary = createCanary({
    ...options,
    seal,
    storeKeyPrefix: config.storeKeyPrefix,
    longestLifetimeSeconds: Math.max(lifetimes.clientSeconds, accountSeconds),
  })
  const keyNames = createKeyNames({ prefix: config.storeKeyPrefix, sessionSecrets })
  const records = createRecords({
    store: gateStore(store, canary),
    seal,
    keyNames,
    upstreamIssuer: issuer,
    getHomeMark: () => homeUpstream.getMark(),
  })
  const homeUpstream =
    options.decidesHome === false
      ? createHomeReader({ records, issuer })
      : createHomeUpstream({ records, issuer, now, logger })
  return {
    records,
    accounts: createAccountStore({ records, ttlSeconds: accountSeconds }),
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
      monotonicNow,
      reuseWindowSeconds: lifetimes.refreshReuseWindowSeconds,
      lifetimeSeconds: lifetimes.refreshTokenSeconds,
      maxLifetimeSeconds,
    }),
    grants: createGrantStore({ records, maxLifetimeSeconds }),
    grantLists: createGrantListStore({ records, maxLifetimeSeconds, now }),
    people: createPersonIndex({ records, ttlSeconds: accountSeconds }),
    referToAccount: (sub) => keyNames.ofId('Account', sub)[0].split(':').at(-1) ?? '',
    replays: createReplayStore({ records, now }),
    homeUpstream,
    upstreamTokens: createUpstreamTokenStore({
      records,
      ttlSeconds: maxLifetimeSeconds + DAY_SECONDS,
    }),
    canary,
  }
}
