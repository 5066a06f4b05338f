// The `jti` of client assertions and DPoP proofs, each accepted once (RFC 7523 §3, RFC 9449 §11.1). A use whose
// request failed with a 5xx does not count, so that a client library that retries is not rejected.
import { errors } from 'oidc-provider'
import type { ReplayStore } from '../../records/replay-store.ts'
import type { Reservations } from '../adapters/reservations.ts'
import { LONGEST_USE_SECONDS } from '../clients/client-authentication.ts'
import { asEngineError } from '../engine-errors.ts'
import { currentContext } from '../internals.ts'
import { isProofId, PROOF_WINDOW_SECONDS } from './dpop-proofs.ts'

export function createReplayDetection(options: {
  replays: ReplayStore
  reservations: Reservations
  now: () => number
}) {
  const { replays, reservations, now } = options
  const kind = 'ReplayDetection'

  async function isFirstUse(issuer: string, jti: string, acceptedUntil: number): Promise<boolean> {
    const latest = Math.floor(now() / 1000) + LONGEST_USE_SECONDS
    // A proof may be dated ahead; the engine counts its window from now.
    const use = replays.use(issuer, jti, Math.min(acceptedUntil, latest) + PROOF_WINDOW_SECONDS)
    const { id, expiresAt } = use
    await reservations.assertSettled(kind, id)
    return reservations.reserve({ kind, id, expiresAt, swap: use.record() })
  }

  return async (issuer: string, jti: string, expiresAt: number): Promise<boolean> => {
    if (await asEngineError(isFirstUse(issuer, jti, expiresAt))) return true
    // The engine would answer invalid_grant, and clients throw good tokens away on that.
    if (isProofId(currentContext()?.get('DPoP'), jti)) {
      throw new errors.InvalidDpopProof('used before')
    }
    return false
  }
}
