// The engine, with everything of ours that it calls: its storage over our records, its clients, its token rules.
// create-provider.ts configures it and listens to its events.
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { AccessPolicy, AccessRefusal } from '../domain/access/access-policy.ts'
import type { AccessControl } from '../domain/access/end-access.ts'
import { generationOf } from '../domain/access/liveness.ts'
import type { ReleasedClaims } from '../domain/access/released-claims.ts'
import type { Accounts } from '../domain/account.ts'
import { createDocumentPolicy } from '../domain/document-policy.ts'
import type { RateLimits } from '../domain/rate-limits.ts'
import type { UpstreamTokenService } from '../domain/upstream-tokens/create-upstream-tokens.ts'
import type { AppError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { GuardedFetch } from '../outbound/guarded-fetch.ts'
import type { RecordStores } from '../records/create-record-stores.ts'
import type { Instant } from '../records/refresh-family.ts'
import { createRevokedAccessTokens } from './adapters/access-token-adapter.ts'
import { createAccountLookup } from './adapters/account-lookup.ts'
import { createAdapterFactory } from './adapters/create-adapter.ts'
import { createGrants } from './adapters/grant-adapter.ts'
import { createRefreshTokens } from './adapters/refresh-token-adapter.ts'
import { createReservations } from './adapters/reservations.ts'
import { createClientAdapter } from './clients/client-adapter.ts'
import { createClientDocuments } from './clients/client-document.ts'
import { createClientKeySets } from './clients/client-keys.ts'
import { toClientMetadata } from './clients/registration.ts'
import { createProvider, type ProviderOptions } from './create-provider.ts'
import { asEngineError } from './engine-errors.ts'
import { type Capabilities, currentContext, readCapabilities } from './internals.ts'
import type { AccessTokens } from './tokens/access-tokens.ts'
import { createAccountRevalidation } from './tokens/account-revalidation.ts'
import { createGrantRevocation } from './tokens/grant-revocation.ts'
import { createTokenExchange, type ExchangeEvent } from './tokens/token-exchange.ts'
import { createTokenIssuance, type TokenEvent } from './tokens/token-issuance.ts'
import { createTokenPolicy } from './tokens/token-policy.ts'

type Given = Omit<
  ProviderOptions,
  | 'adapter'
  | 'policy'
  | 'issuance'
  | 'revalidate'
  | 'tokenExchange'
  | 'refreshTokens'
  | 'keepJwt'
  | 'reservations'
  | 'replays'
  | 'accountLookup'
  | 'accounts'
  | 'grantLists'
>

export interface Engine {
  readonly provider: Provider
  readonly capabilities: Capabilities
  /** Waits until the reservations of answered requests are settled in the store. */
  close(): Promise<void>
}

/** @param options.guardedFetch fetches what clients publish */
export function createEngine(
  options: Given & {
    stores: RecordStores
    accounts: Accounts
    accessPolicy: AccessPolicy
    releasedClaims: ReleasedClaims
    accessTokens: AccessTokens
    upstreamTokens: UpstreamTokenService
    countExchange: RateLimits['countExchange']
    connectPath: (resource: string) => string
    onExchange: (ctx: KoaContextWithOIDC, event: ExchangeEvent) => void
    onConnectionMissing: (ctx: KoaContextWithOIDC, fault: AppError) => void
    onTokenIssued: (ctx: KoaContextWithOIDC, event: TokenEvent) => void
    accessControl: Pick<AccessControl, 'endAccess'>
    onAccessRefused: (ctx: KoaContextWithOIDC, refusal: AccessRefusal) => void
    spend: RateLimits['spend']
    guardedFetch: GuardedFetch
    onDocumentFault: (url: string, error: AppError) => void
    arrivedAt: (ctx: KoaContextWithOIDC) => Instant
    logger: Logger
    monotonicNow: () => number
  },
): Engine {
  const { config, stores, accounts, redirectPolicy, spend, now } = options
  const tokenExchange = createTokenExchange(options)
  const cacheOptions = {
    fetch: options.guardedFetch,
    timeoutMs: config.outbound.timeoutSeconds * 1000,
    bounds: config.clientDocuments,
    now,
    onFailure: options.onDocumentFault,
  }
  const clients = createClientAdapter({
    configured: new Map([
      ...config.clients.map(
        (client) => [client.clientId, toClientMetadata(client, redirectPolicy)] as const,
      ),
      ...(tokenExchange?.clients ?? []),
    ]),
    registrations: stores.registrations,
    documentPolicy: createDocumentPolicy(config.clientDocuments),
    documents: createClientDocuments({
      ...cacheOptions,
      store: stores.clientDocuments,
      redirectPolicy,
    }),
    keySets: createClientKeySets({ ...cacheOptions, store: stores.clientKeySets }),
    currentContext,
    spend,
  })
  const policy = createTokenPolicy(config)
  const revalidate = createAccountRevalidation(options.upstreamTokens)
  const reservations = createReservations({ ...options, currentContext })
  const accountLookup = createAccountLookup({ accounts, currentContext })
  const revokeGrant = createGrantRevocation({ ...stores, currentContext })
  const issuance = createTokenIssuance({
    ...options,
    async endAccess({ account, grantId, isEverywhere }) {
      if (!isEverywhere) return revokeGrant(grantId, 'access_refused')
      const { sub } = account
      const generation = generationOf(account)
      const end = { sub, what: 'grants', generation, reason: 'access_policy' } as const
      await asEngineError(options.accessControl.endAccess(end))
    },
  })
  const grants = createGrants({
    grants: stores.grants,
    accounts,
    accountLookup,
    currentContext,
    renewClient: clients.renew,
  })
  const revoked = createRevokedAccessTokens({
    accessTokens: options.accessTokens,
    families: stores.families,
    currentContext,
  })
  const refreshTokens = createRefreshTokens({
    families: stores.families,
    accountLookup,
    currentContext,
    rotates: policy.rotates,
    revokeGrant,
    confirmUnlisted: grants.confirmUnlisted,
    renewClient: clients.renew,
    arrivedAt: options.arrivedAt,
  })
  const provider = createProvider({
    ...options,
    accounts,
    accountLookup,
    policy,
    issuance,
    revalidate,
    tokenExchange,
    refreshTokens,
    keepJwt: revoked.keep,
    reservations,
    replays: stores.replays,
    grantLists: stores.grantLists,
    adapter: createAdapterFactory({
      ...stores,
      reservations,
      clients,
      accountLookup,
      grantAdapter: grants.adapter,
      refreshTokens: refreshTokens.adapter,
      accessTokens: revoked.adapter,
      revokeGrant,
      currentContext,
      interactionSeconds: config.lifetimes.interactionSeconds,
      spend,
      logger: options.logger,
      now,
    }),
  })
  return { provider, capabilities: readCapabilities(provider), close: reservations.close }
}
