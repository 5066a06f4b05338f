// Our faults as the engine's errors. It answers 500 to errors that it does not know; `expose` and the status
// make an absent store a 503, which clients and people can retry.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../errors.ts'
import { isOpenedByPerson } from './internals.ts'

/** An error that is not ours stays as it is. */
export function toEngineError(error: unknown, ctx?: KoaContextWithOIDC): unknown {
  if (!(error instanceof AppError)) return error
  const { error: code, description, retryAfterSeconds } = error
  if (retryAfterSeconds !== undefined) ctx?.set('Retry-After', String(retryAfterSeconds))
  // RFC 6749 §5.2: a client that could not be authenticated gets a 401, a person the status of the fault.
  const status = ctx && !isOpenedByPerson(ctx) && code === 'invalid_client' ? 401 : error.status
  return Object.assign(new errors.OIDCProviderError(status, code), {
    cause: error,
    expose: true,
    allow_redirect: false,
    error_description: description,
  })
}

/** @throws errors.OIDCProviderError for each AppError */
export async function asEngineError<T>(
  operation: Promise<T>,
  ctx?: KoaContextWithOIDC,
): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw toEngineError(error, ctx)
  }
}
