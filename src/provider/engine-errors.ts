// Our faults in the engine's words. It answers 500 to what it does not know; `expose` and the status make
// an absent store a 503 that clients and people can live through.
import { errors } from 'oidc-provider'
import { AppError } from '../errors.ts'

function toEngineError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const { status, error: code, description } = error
  return Object.assign(new errors.OIDCProviderError(status, code), {
    cause: error,
    expose: true,
    allow_redirect: false,
    error_description: description,
  })
}

/** @throws errors.OIDCProviderError in the place of AppError */
export async function speakingEngine<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw toEngineError(error)
  }
}
