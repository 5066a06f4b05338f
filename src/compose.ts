// The composition root: leaves first, then domain, provider, app. The one file that sees every layer.
import type Koa from 'koa'
import { pathOfIssuer } from './config/issuer-path.ts'
import type { Config } from './config/load.ts'
import { createCsrfTokens } from './crypto/csrf-token.ts'
import { createAccounts } from './domain/account.ts'
import { createClientPolicy } from './domain/client-policy.ts'
import { createConsents } from './domain/consent.ts'
import { createLogin } from './domain/login.ts'
import { createResourceServers } from './domain/resource-server.ts'
import { createApp } from './http/app.ts'
import { basicCredentials } from './http/basic-credentials.ts'
import { createBrowserBindings } from './http/browser-binding.ts'
import { canonicalOrigin } from './http/canonical-origin.ts'
import { draining } from './http/draining.ts'
import { onFault, onGrantRevoked } from './http/engine-log.ts'
import { renderEngineError } from './http/error-handler.ts'
import { readyz } from './http/health.ts'
import { interactionRoutes } from './http/interaction.ts'
import { introspection } from './http/introspection.ts'
import { issuerPath } from './http/issuer-path.ts'
import { metadata } from './http/metadata.ts'
import { registrationGate } from './http/registration-gate.ts'
import { requestLog } from './http/request-log.ts'
import { securityHeaders } from './http/security-headers.ts'
import { upstreamCallback } from './http/upstream-callback.ts'
import { userinfo } from './http/userinfo.ts'
import { createSite } from './http/views/site.ts'
import { createLogger, type Logger } from './log.ts'
import { createGuardedFetch, type OutboundOverrides } from './outbound/guarded-fetch.ts'
import { createAccessTokens } from './provider/access-tokens.ts'
import { createAdapterFactory } from './provider/adapter.ts'
import { createClaims } from './provider/claims.ts'
import { createClientSources } from './provider/client-sources.ts'
import { cookieKeys } from './provider/configuration.ts'
import { createProvider } from './provider/create-provider.ts'
import { createDpopProofs } from './provider/dpop-proofs.ts'
import { createGrantRevocation } from './provider/grant-revocation.ts'
import { createInteractions } from './provider/interactions.ts'
import { currentContext } from './provider/internals.ts'
import { createRefreshTokens } from './provider/refresh-token-adapter.ts'
import { createTokenPolicy } from './provider/token-policy.ts'
import { createStores } from './storage/create-stores.ts'
import { openStore } from './storage/open-store.ts'
import type { Store } from './storage/store.ts'
import { createRelyingParty, type RelyingParty } from './upstream/relying-party.ts'

/** What main.ts and tests may put in the place of the default. */
export interface Overrides {
  readonly logger?: Logger
  readonly now?: () => number
  readonly relyingParty?: RelyingParty
  readonly store?: Store
  readonly outbound?: OutboundOverrides
  readonly isStopping?: () => boolean
}

export interface Composition {
  readonly app: Koa
  readonly logger: Logger
  /** Warns in the log when the upstream cannot be used; a start does not wait for it. */
  checkUpstream(): Promise<void>
  /** Undoes what was opened; answers in flight must have been given. */
  close(): Promise<void>
}

export async function compose(config: Config, overrides: Overrides = {}): Promise<Composition> {
  const now = overrides.now ?? Date.now
  const logger = overrides.logger ?? createLogger({ level: config.logLevel })
  const store =
    overrides.store ??
    (await openStore({
      url: config.storeUrl,
      now,
      onError: (err) => logger.warn({ err }, 'the store has trouble'),
    }))
  const relyingParty =
    overrides.relyingParty ?? createRelyingParty({ upstream: config.upstream, now })

  const { lifetimes, sessionSecrets } = config
  const { records, attempts, registrations, families, grants, replays, ...stores } = createStores({
    store,
    keyPrefix: config.storeKeyPrefix,
    sessionSecrets,
    lifetimes,
    now,
  })
  const accounts = createAccounts(stores)
  const login = createLogin({ relyingParty, attempts, accounts })
  const clientPolicy = createClientPolicy(config)
  const servers = createResourceServers(config)
  const consents = createConsents({ config, records, grants, clientPolicy, now })
  const clients = createClientSources({
    config,
    records,
    clients: registrations,
    clientPolicy,
    fetch: createGuardedFetch({ ...config.outbound, ...overrides.outbound }),
    now,
    currentContext,
    onFailure: (url, err) =>
      logger.warn({ host: URL.parse(url)?.host, err, detail: err.description }, 'cannot fetch'),
  })

  const policy = createTokenPolicy(config)
  const claims = createClaims({ currentContext, now })
  const revokeGrant = createGrantRevocation({ grants, currentContext })
  const refreshTokens = createRefreshTokens({
    families,
    currentContext,
    rotates: policy.rotates,
    revokeGrant,
    renewClient: registrations.renew,
    now,
  })
  const { interactionBinding, loginBinding } = createBrowserBindings(config)
  const dpop = createDpopProofs({ sessionSecrets, replays, now })
  const provider = createProvider({
    config,
    accounts,
    consents,
    clientPolicy,
    servers,
    policy,
    refreshTokens,
    claims,
    replays,
    nonces: dpop.nonces,
    now,
    adapter: createAdapterFactory({
      records,
      claims,
      clients,
      grants,
      refreshTokens: refreshTokens.adapter,
      revokeGrant,
      renewClient: registrations.renew,
      currentContext,
      interactionSeconds: lifetimes.interactionSeconds,
      now,
    }),
    renderError: renderEngineError,
    onInteraction: interactionBinding.set,
    onFault,
    onGrantRevoked,
  })
  const interactions = createInteractions({ provider, now })
  const accessTokens = createAccessTokens({ config, grants, now })

  const path = pathOfIssuer(config.issuer)
  const app = createApp({
    engine: provider,
    cookieKeys: cookieKeys(config.sessionSecrets),
    callbackPath: new URL(config.upstream.redirectUri).pathname.slice(path.length),
    issuerPath: issuerPath({ path }),
    site: createSite(config.branding),
    draining: draining({ isStopping: overrides.isStopping ?? (() => false) }),
    canonicalOrigin: canonicalOrigin(config),
    requestLog: requestLog({ logger, now }),
    securityHeaders: securityHeaders(config),
    metadata: metadata({ config, servers }),
    registrationGate: registrationGate(config.registration),
    basicCredentials: basicCredentials(config),
    interaction: interactionRoutes({
      interactions,
      login,
      accounts,
      consents,
      csrfTokens: createCsrfTokens(config.sessionSecrets),
      clientPolicy,
      servers,
      interactionBinding,
      loginBinding,
      configuredClientIds: new Set(config.clients.map((client) => client.clientId)),
      upstreamName: config.upstream.name,
    }),
    upstreamCallback: upstreamCallback({
      interactions,
      login,
      interactionBinding,
      loginBinding,
    }),
    userinfo: userinfo({ accessTokens, accounts, dpop, issuer: config.issuer }),
    introspection: introspection({ accessTokens, resourceServers: config.resourceServers }),
    readyz: readyz({ store }),
    onConnectionError: (err) => logger.info({ err }, 'connection broke'),
  })
  return {
    app,
    logger,
    checkUpstream: () =>
      relyingParty.check().catch((err: unknown) => {
        const { issuer } = config.upstream
        logger.warn({ err, upstreamIssuer: issuer }, 'nobody can sign in: see UPSTREAM_ISSUER')
      }),
    close: () => claims.close().then(() => store.close()),
  }
}
