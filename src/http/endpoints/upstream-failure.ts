// What a person sees when the upstream refuses or fails, and what the client hears of it.
import { AppError } from '../../errors.ts'
import type {
  Interactions,
  PendingInteraction,
  Rejection,
} from '../../provider/authorization/interactions.ts'
import { PageError } from '../middleware/error-handler.ts'
import { interactionPath } from '../routes.ts'

const REJECTIONS: Partial<Record<AppError['code'], Rejection>> = {
  upstream_denied: 'access_denied',
  upstream_failed: 'server_error',
  upstream_unavailable: 'temporarily_unavailable',
}

/**
 * Notes the failure for the client and returns a page with two ways on: the consent page again, and
 * back to the client, who learns of the failure by that (RFC 6749 §4.1.2.1). Any other error is
 * returned as it is.
 */
export async function rejectAfterFailure(
  interactions: Interactions,
  pending: PendingInteraction,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof AppError)) return error
  const code = REJECTIONS[error.code]
  if (code === undefined) return error
  const returnTo = await interactions.reject(pending, code, error.description)
  return new PageError(error, [
    { label: 'tryAgain', href: interactionPath(pending.uid), kind: 'primary' },
    { label: 'backToClient', href: new URL(returnTo).pathname, kind: 'secondary' },
  ])
}
