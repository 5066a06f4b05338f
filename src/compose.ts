// The composition root: leaves first, then domain, provider, app. The one file that sees every layer.
import type { RequestListener } from 'node:http'
import type { Config } from './config/load.ts'
import { createCookieMacs } from './crypto/cookie-macs.ts'
import { createCsrfTokens } from './crypto/csrf-token.ts'
import { createAccessPolicy } from './domain/access/access-policy.ts'
import { createAccess } from './domain/access/create-access.ts'
import { createGrantedAccess } from './domain/access/granted-access.ts'
import { createReleasedClaims } from './domain/access/released-claims.ts'
import { createAccounts } from './domain/account.ts'
import { createConsents } from './domain/consent.ts'
import { createKnownClients } from './domain/known-clients.ts'
import { createLogin } from './domain/login.ts'
import { createRateLimits } from './domain/rate-limits.ts'
import { createResourceServers } from './domain/resource-server.ts'
import { subscriberOf } from './domain/sender-address.ts'
import { createStartCheck } from './domain/start-check.ts'
import { createUpstreamTokens } from './domain/upstream-tokens/create-upstream-tokens.ts'
import { createApp } from './http/app.ts'
import { createBrowserBindings } from './http/browser-binding.ts'
import { renderEngineError } from './http/middleware/error-handler.ts'
import {
  createAccessLog,
  exchangeLog,
  logDocumentFault,
  logEngineFault,
  logRevocation,
  noteIssuedToken,
} from './http/middleware/request-log.ts'
import { requestState } from './http/request-state.ts'
import { connectPath, ENGINE_ROUTES, interactionPath, ROUTES } from './http/routes.ts'
import { createLogger, type Logger } from './log.ts'
import { createRedirectPolicy } from './oauth/redirect-uri.ts'
import { createOutbound } from './outbound/create-outbound.ts'
import type { OutboundOverrides } from './outbound/dialler.ts'
import { createInteractions } from './provider/authorization/interactions.ts'
import { createBrowserSessions } from './provider/browser-sessions.ts'
import { createEngine } from './provider/create-engine.ts'
import { createAccessTokens } from './provider/tokens/access-tokens.ts'
import { createDpopProofs } from './provider/tokens/dpop-proofs.ts'
import { createRecordStores } from './records/create-record-stores.ts'
import { openConfiguredStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { createRelyingParty, type RelyingParty } from './upstream/relying-party.ts'
import type { UpstreamFetch } from './upstream/upstream-fetch.ts'

/** The parts that serve.ts and tests may replace. */
export interface Overrides {
  readonly logger?: Logger
  readonly now?: () => number
  readonly monotonicNow?: () => number
  readonly relyingParty?: RelyingParty
  /** For requests to the upstream. */
  readonly upstreamFetch?: UpstreamFetch
  readonly store?: Store
  readonly outbound?: OutboundOverrides
  readonly isStopping?: () => boolean
}

export interface Composition {
  /** Answers every request of an http server. */
  readonly listener: RequestListener
  readonly logger: Logger
  /** Logs what is wrong with the store or the upstream. Start-up does not wait for it. */
  check(): Promise<void>
  /** Closes what was opened. Call it when no request is in flight. */
  close(): Promise<void>
}

export async function compose(config: Config, overrides: Overrides = {}): Promise<Composition> {
  const { now = Date.now, monotonicNow = () => performance.now() } = overrides
  const logger = overrides.logger ?? createLogger({ level: config.logLevel })
  const store = overrides.store ?? (await openConfiguredStore({ config, logger, now }))
  const rateLimits = createRateLimits({ config, store, logger, now })
  const currentAddress = (): string => app.currentContext?.['ip'] ?? ''
  const { guardedFetch, proxiedFetch } = createOutbound({
    config,
    logger,
    overrides,
    currentSender: () => subscriberOf(currentAddress()),
    async admit(site) {
      await rateLimits.admit('documentFetch', currentAddress(), site)
      await rateLimits.spend('documentFetch', site)
    },
  })
  const relyingParty =
    overrides.relyingParty ??
    createRelyingParty({
      upstream: config.upstream,
      fetch: overrides.upstreamFetch ?? proxiedFetch,
      now,
      onRenewalFailure: (err) =>
        logger.warn({ err }, 'cannot renew the discovery document of the upstream'),
    })

  const { sessionSecrets } = config
  const stores = createRecordStores({ config, store, now, monotonicNow, logger })
  const accounts = createAccounts({ ...stores, config, now })
  const accessLog = createAccessLog(logger, stores.referToAccount)
  const { access, upstreamEvents } = createAccess({
    config,
    stores,
    accounts,
    revocationUrl: config.issuer + ROUTES.globalTokenRevocation.path,
    ...accessLog,
    fetch: proxiedFetch,
    now,
  })
  const people = { ...stores, ...accessLog, ...rateLimits, accounts, upstreamEvents }
  const accessPolicy = createAccessPolicy(config)
  const upstreamTokens = createUpstreamTokens({
    config,
    stores,
    accounts,
    upstreamEvents,
    relyingParty,
    endAccess: access.endAccess,
    logger,
    now,
    monotonicNow,
  })
  const login = createLogin({ ...people, accessPolicy, relyingParty, upstreamTokens, now })
  const accessTokens = createAccessTokens({ ...stores, config, accounts, now })
  const redirectPolicy = createRedirectPolicy(config)
  const servers = createResourceServers(config)
  const releasedClaims = createReleasedClaims(config.access)
  const consents = createConsents({ ...stores, config, redirectPolicy, now })
  const cookieMacs = createCookieMacs(sessionSecrets)
  const bindings = createBrowserBindings({ ...config, cookieMacs })
  const dpop = createDpopProofs({ ...stores, sessionSecrets, now })
  const engine = createEngine({
    config,
    stores,
    accounts,
    consents,
    cookieMacs,
    redirectPolicy,
    servers,
    accessPolicy,
    releasedClaims,
    accessTokens,
    upstreamTokens,
    connectPath,
    ...exchangeLog,
    nonces: dpop.nonces,
    ...rateLimits,
    guardedFetch,
    routes: ENGINE_ROUTES,
    interactionPath,
    interactionBinding: bindings.interactionBinding,
    renderError: renderEngineError,
    arrivedAt: (ctx) => requestState(ctx).arrivedAt,
    onFault: logEngineFault,
    onGrantRevoked: logRevocation,
    onTokenIssued: noteIssuedToken,
    ...accessLog,
    accessControl: access,
    onDocumentFault: logDocumentFault(logger),
    logger,
    now,
    monotonicNow,
  })
  const { app, listener } = createApp({
    config,
    logger,
    now,
    monotonicNow,
    canary: stores.canary,
    engine: engine.provider,
    capabilities: engine.capabilities,
    cookieMacs,
    isStopping: overrides.isStopping ?? (() => false),
    interactions: createInteractions({ provider: engine.provider, now }),
    accessTokens,
    upstreamTokens,
    csrfTokens: createCsrfTokens(sessionSecrets),
    login,
    upstreamEvents,
    browserSessions: createBrowserSessions({ ...engine, config, accounts }),
    accessControl: access,
    knownClients: createKnownClients({ ...stores, config }),
    grantedAccess: createGrantedAccess({ ...stores, config, now }),
    accounts,
    consents,
    redirectPolicy,
    servers,
    dpop,
    rateLimits,
    accessPolicy,
    releasedClaims,
    ...accessLog,
    ...bindings,
  })
  return {
    listener,
    logger,
    check: createStartCheck({ ...stores, config, relyingParty, logger }),
    close: () => engine.close().then(() => store.close()),
  }
}
