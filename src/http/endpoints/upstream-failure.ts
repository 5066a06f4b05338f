// The page that a person sees, and the error that the client gets, when the upstream refuses or fails.
import { AppError } from '../../errors.ts'
import type {
  Interactions,
  PendingInteraction,
  Rejection,
} from '../../provider/authorization/interactions.ts'
import { PageError } from '../middleware/error-handler.ts'
import { interactionPath } from '../routes.ts'

const REJECTIONS: Partial<Record<AppError['code'], Rejection>> = {
  account_disabled: 'access_denied',
  invalid_callback: 'server_error',
  login_not_fresh: 'login_required',
  upstream_account_refused: 'access_denied',
  upstream_denied: 'access_denied',
  upstream_failed: 'server_error',
  upstream_unavailable: 'temporarily_unavailable',
}

/**
 * Rejects the interaction if `error` is a failure of the upstream or of its redirect, and returns a page with two links: one
 * to the consent page, to try again, and one back to the client, which then gets the error (RFC 6749
 * §4.1.2.1). Undefined for any other error.
 */
export async function rejectAfterUpstreamFailure(
  interactions: Interactions,
  pending: PendingInteraction,
  error: unknown,
): Promise<PageError | undefined> {
  if (!(error instanceof AppError)) return undefined
  const code = REJECTIONS[error.code]
  if (code === undefined) return undefined
  const returnTo = await interactions.reject(pending, code, error.description)
  return new PageError(error, [
    { label: 'tryAgain', href: interactionPath(pending.uid), kind: 'primary' },
    { label: 'backToClient', href: new URL(returnTo).pathname, kind: 'secondary' },
  ])
}
