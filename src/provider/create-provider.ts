// The engine, configured and wired: our canonical requests in, its events out to the log.
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { DpopNonces } from '../crypto/dpop-nonces.ts'
import type { ResourceServers } from '../domain/resource-server.ts'
import { AppError } from '../errors.ts'
import { isRegisteredRedirectUri } from '../oauth/redirect-uri.ts'
import { referToGrant } from '../records/grant-store.ts'
import type { ReplayStore } from '../records/replay-store.ts'
import { settleRequests } from './adapters/end-of-request.ts'
import type { RefreshTokens } from './adapters/refresh-token-adapter.ts'
import type { Claims } from './adapters/reservations.ts'
import { createRequestCanonicaliser } from './authorization/canonical-request.ts'
import { createHeldErrors } from './authorization/withheld-redirects.ts'
import { createUpdateNormaliser } from './clients/registration-features.ts'
import { createConfiguration, type RenderError } from './configuration.ts'
import {
  compareRedirectUris,
  detectReplays,
  nameRefreshTokens,
  onAuthorizationError,
  onClientKnown,
  onClientUpdate,
  provideDpopNonces,
} from './internals.ts'
import { createReplayDetection } from './tokens/replay-detection.ts'

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

/** Why the engine refused a request, in words that hold no input; request-log.ts writes it. */
export interface EngineFault {
  readonly error: string
  readonly detail: string | undefined
  /** Set when it is our fault: the error itself. */
  readonly cause: Error | undefined
}

/**
 * Writes what the engine did not bring to the client.
 * @param answer where it would have gone, had anybody vouched for the address
 */
export type RenderEngineError = (
  ...args: [...Parameters<RenderError>, answer: URL | undefined]
) => void

/** For the audit: a grant has ended before its time. */
export interface Revocation {
  /** The reference that its access tokens carry. */
  readonly grant: string
  readonly clientId: string | undefined
  readonly reason: 'client' | 'code_reuse' | 'refresh_token_reuse'
  /** Set when the store did not say whether it was written. */
  readonly outcome: 'unknown' | undefined
}

function findReason({ oidc }: KoaContextWithOIDC): Revocation['reason'] {
  if (oidc.route === 'revocation') return 'client'
  return oidc.params?.['grant_type'] === 'refresh_token' ? 'refresh_token_reuse' : 'code_reuse'
}

export function createProvider(
  options: Omit<Parameters<typeof createConfiguration>[0], 'renderError'> & {
    renderError: RenderEngineError
    servers: ResourceServers
    refreshTokens: RefreshTokens
    claims: Claims
    replays: ReplayStore
    nonces: DpopNonces
    onFault: (ctx: KoaContextWithOIDC, fault: EngineFault) => void
    onGrantRevoked: (ctx: KoaContextWithOIDC, revocation: Revocation) => void
  },
): Provider {
  const heldErrors = createHeldErrors(options)
  const provider = new Provider(
    options.config.issuer,
    createConfiguration({
      ...options,
      renderError: (ctx, out, error) =>
        options.renderError(ctx, out, error, heldErrors.findAnswer(ctx, out, error)),
    }),
  )
  // Trusts X-Forwarded-*, which http/middleware/canonical-origin.ts has written itself.
  provider.proxy = true
  provider.use(settleRequests(provider, options.claims))
  onClientKnown(provider, createRequestCanonicaliser(options))
  nameRefreshTokens(provider, options.refreshTokens.generateId)
  detectReplays(provider, createReplayDetection(options))
  provideDpopNonces(provider, options.nonces)
  compareRedirectUris(provider, isRegisteredRedirectUri)
  onClientUpdate(provider, createUpdateNormaliser(options))
  onAuthorizationError(provider, heldErrors.hold)
  // Our adapters tell of it as soon as it is written, and the engine once more when all is done.
  const told = new WeakSet<object>()
  const onRevoked = (ctx: KoaContextWithOIDC, grantId: string, outcome?: 'unknown'): void => {
    if (told.has(ctx)) return
    told.add(ctx)
    const clientId = ctx.oidc.client?.clientId
    const grant = referToGrant(grantId)
    options.onGrantRevoked(ctx, { reason: findReason(ctx), grant, clientId, outcome })
  }
  // Koa's own emitter: the engine's declarations list each event apart.
  const emitter: NodeJS.EventEmitter = provider
  emitter.on('grant.revoked', onRevoked)
  for (const name of FAILURES) {
    emitter.on(name, (ctx: KoaContextWithOIDC, error: Error) => {
      options.onFault(ctx, describeFault(name, error))
    })
  }
  return provider
}

function describeFault(event: string, error: Error): EngineFault {
  const { error_detail: detail, status = 500 } = error as {
    error_detail?: unknown
    status?: number
  }
  const own = error.cause === undefined && typeof detail === 'string' ? detail : undefined
  const isOurs = event === 'server_error' || status >= 500
  return {
    error: error.message,
    // With a cause, the detail is that error's message, which may quote the request.
    detail: error.cause instanceof AppError ? error.cause.code : own,
    cause: isOurs ? error : undefined,
  }
}
