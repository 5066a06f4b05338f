// The engine, configured and wired: our canonical requests in, its events out to the log.
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { ResourceServers } from '../domain/resource-server.ts'
import { createRequestCanonicaliser } from './canonical-request.ts'
import { createConfiguration } from './configuration.ts'
import { onClientKnown } from './internals.ts'

const FAILURES = [
  'authorization.error',
  'grant.error',
  'registration_create.error',
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

export function createProvider(
  options: Parameters<typeof createConfiguration>[0] & {
    servers: ResourceServers
    onFault: (ctx: KoaContextWithOIDC, fault: EngineFault) => void
  },
): Provider {
  const provider = new Provider(options.config.issuer, createConfiguration(options))
  // Trusts X-Forwarded-*, which http/canonical-origin.ts has written itself.
  provider.proxy = true
  onClientKnown(provider, createRequestCanonicaliser(options))
  for (const name of FAILURES) {
    // Koa's own emitter: the engine's declarations list each event apart.
    const emitter: NodeJS.EventEmitter = provider
    emitter.on(name, (ctx: KoaContextWithOIDC, error: Error) => {
      options.onFault(ctx, describeFault(name, error))
    })
  }
  return provider
}

function describeFault(event: string, error: Error): EngineFault {
  const { error_detail: detail } = error as { error_detail?: unknown }
  return {
    error: error.message,
    // With a cause, the detail is that error's message, which may quote the request.
    detail: error.cause === undefined && typeof detail === 'string' ? detail : undefined,
    cause: event === 'server_error' || error.cause !== undefined ? error : undefined,
  }
}
