// Our faults in the engine's words. It answers 500 to what it does not know; `expose` and the status make
// an absent store a 503 that clients and people can live through.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../errors.ts'

// RFC 6749 §5.2: a client that could not be authenticated is told by 401; a person, by a page.
const PAGES = ['authorization', 'resume']

function toEngineError(error: unknown, ctx: KoaContextWithOIDC | undefined): unknown {
  if (!(error instanceof AppError)) return error
  const { error: code, description } = error
  const isClients = code === 'invalid_client' && ctx && !PAGES.includes(ctx.oidc.route)
  const status = isClients ? 401 : error.status
  return Object.assign(new errors.OIDCProviderError(status, code), {
    cause: error,
    expose: true,
    allow_redirect: false,
    error_description: description,
  })
}

/** @throws errors.OIDCProviderError in the place of AppError */
export async function speakingEngine<T>(
  operation: Promise<T>,
  ctx?: KoaContextWithOIDC,
): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw toEngineError(error, ctx)
  }
}
