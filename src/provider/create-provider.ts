// The engine, configured and wired: canonical requests go in, its events come out to the log.
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { DpopNonces } from '../crypto/dpop-nonces.ts'
import type { ResourceServers } from '../domain/resource-server.ts'
import { AppError } from '../errors.ts'
import { isRegisteredRedirectUri } from '../oauth/redirect-uri.ts'
import { referToGrant } from '../records/grant-store.ts'
import type { ReplayStore } from '../records/replay-store.ts'
import type { RefreshTokens } from './adapters/refresh-token-adapter.ts'
import type { Reservations } from './adapters/reservations.ts'
import { createRequestCanonicaliser } from './authorization/canonical-request.ts'
import { createResumeCheck, type InteractionBinding } from './authorization/interaction-binding.ts'
import { createWithheldRedirects } from './authorization/withheld-redirects.ts'
import { createUpdateNormaliser } from './clients/registration-features.ts'
import { createConfiguration, type RenderError } from './configuration.ts'
import { endOfRequest } from './end-of-request.ts'
import {
  checkEngine,
  createPlainContextProvider,
  endpointOf,
  ignoreClientOfRawQuery,
  keepSessionGenerations,
  onAuthorizationError,
  onClientKnown,
  onClientUpdate,
  onInteractionResumed,
  overrideDpopNonces,
  overrideRedirectUriComparison,
  overrideRefreshTokenIds,
  overrideReplayDetection,
  readEngineError,
} from './internals.ts'
import { rejectLargeProof } from './tokens/dpop-proofs.ts'
import { createReplayDetection } from './tokens/replay-detection.ts'
import { findTarget, type Target } from './tokens/resource-indicators.ts'
import { TOKEN_EXCHANGE, type TokenExchange } from './tokens/token-exchange.ts'

const FAILURES = [
  'authorization.error',
  'grant.error',
  'pushed_authorization_request.error',
  'registration_create.error',
  'registration_read.error',
  'registration_update.error',
  'registration_delete.error',
  'revocation.error',
  'server_error',
] as const

/** Why the engine rejected a request, without input except for `target`; request-log.ts writes it. */
export interface EngineFault {
  readonly error: string
  readonly detail: string | undefined
  /** The error itself, if the fault is ours. */
  readonly cause: Error | undefined
  /** Only for `invalid_target`. */
  readonly target?: Target
}

/**
 * Writes an error that the engine did not send to the client's redirect URI.
 * @param answer where it would have gone, if it was withheld because nobody vouches for the address
 */
export type RenderEngineError = (
  ...args: [...Parameters<RenderError>, answer: URL | undefined]
) => void

/** For the audit log: a grant ended before it expired. */
export interface Revocation {
  /** The reference to the grant that its access tokens carry. */
  readonly grant: string
  readonly clientId: string | undefined
  readonly reason: 'client' | 'code_reuse' | 'refresh_token_reuse' | 'access_refused'
  /** Set if the store did not confirm the write. */
  readonly outcome: 'unknown' | undefined
}

function reasonOf(ctx: KoaContextWithOIDC): Revocation['reason'] {
  if (endpointOf(ctx) === 'revocation') return 'client'
  return ctx.oidc.params?.['grant_type'] === 'refresh_token' ? 'refresh_token_reuse' : 'code_reuse'
}

export type ProviderOptions = Omit<
  Parameters<typeof createConfiguration>[0],
  'renderError' | 'onInteraction'
> & {
  renderError: RenderEngineError
  servers: ResourceServers
  refreshTokens: RefreshTokens
  keepJwt: Parameters<typeof createRequestCanonicaliser>[0]['keepJwt']
  reservations: Reservations
  interactionBinding: InteractionBinding
  /** Undefined: the grant type is off. */
  tokenExchange: TokenExchange | undefined
  replays: ReplayStore
  nonces: DpopNonces
  onFault: (ctx: KoaContextWithOIDC, fault: EngineFault) => void
  onGrantRevoked: (ctx: KoaContextWithOIDC, revocation: Revocation) => void
}

export function createProvider(options: ProviderOptions): Provider {
  const { interactionBinding, tokenExchange } = options
  const withheldRedirects = createWithheldRedirects(options)
  const provider = createPlainContextProvider(
    options.config.issuer,
    createConfiguration({
      ...options,
      onInteraction: interactionBinding.set,
      renderError: (ctx, out, error) =>
        options.renderError(ctx, out, error, withheldRedirects.findAnswer(ctx, out, error)),
    }),
  )
  // Trusts X-Forwarded-*, which http/middleware/canonical-origin.ts has written itself.
  provider.proxy = true
  checkEngine(provider)
  provider.use(endOfRequest(options))
  if (tokenExchange) {
    provider.registerGrantType(TOKEN_EXCHANGE, tokenExchange.handle, [...tokenExchange.parameters])
  }
  ignoreClientOfRawQuery(provider)
  onClientKnown(provider, rejectLargeProof)
  onClientKnown(provider, createRequestCanonicaliser(options))
  keepSessionGenerations(provider)
  overrideRefreshTokenIds(provider, options.refreshTokens.generateId)
  overrideReplayDetection(provider, createReplayDetection(options))
  overrideDpopNonces(provider, options.nonces)
  // A registration may be older than the policy, and a loopback URI may name the port of this server.
  overrideRedirectUriComparison(
    provider,
    (uri, registered) =>
      options.redirectPolicy.findTarget(uri) !== undefined &&
      isRegisteredRedirectUri(uri, registered),
  )
  onInteractionResumed(provider, createResumeCheck(interactionBinding))
  onClientUpdate(provider, createUpdateNormaliser(options))
  onAuthorizationError(provider, withheldRedirects.withhold)
  // Our adapters emit the event as soon as it is written, and the engine emits it again at the end.
  const reported = new WeakSet<object>()
  const onRevoked = (
    ctx: KoaContextWithOIDC,
    grantId: string,
    given?: Revocation['reason'],
    outcome?: 'unknown',
  ): void => {
    if (reported.has(ctx)) return
    reported.add(ctx)
    const clientId = ctx.oidc.client?.clientId
    const grant = referToGrant(grantId)
    const reason = given ?? reasonOf(ctx)
    options.onGrantRevoked(ctx, { reason, grant, clientId, outcome })
  }
  // As Koa's emitter, because the engine's declarations list each event apart.
  const emitter: NodeJS.EventEmitter = provider
  emitter.on('grant.revoked', onRevoked)
  for (const name of FAILURES) {
    emitter.on(name, (ctx: KoaContextWithOIDC, error: Error) => {
      const fault = toEngineFault(name, error)
      const target = fault.error === 'invalid_target' && findTarget(ctx, options.servers)
      options.onFault(ctx, target ? { ...fault, target } : fault)
    })
  }
  return provider
}

function toEngineFault(event: string, error: Error): EngineFault {
  const { status, detail } = readEngineError(error)
  // With a cause, the detail is that error's message, which may quote the request.
  const own = error.cause === undefined ? detail : undefined
  const isOurs = event === 'server_error' || status >= 500
  return {
    error: error.message,
    detail: error.cause instanceof AppError ? error.cause.code : own,
    cause: isOurs ? error : undefined,
  }
}
