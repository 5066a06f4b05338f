// The `jti` of client assertions and DPoP proofs, each used once (RFC 7523 §3, RFC 9449 §11.1). A use that
// we could not answer is none: a client whose library sends the same request again is not refused.
import { errors } from 'oidc-provider'
import type { ReplayStore } from '../../records/replay-store.ts'
import type { Claims } from '../adapters/reservations.ts'
import { speakingEngine } from '../engine-errors.ts'
import { currentContext } from '../internals.ts'
import { isProofId, PROOF_WINDOW_SECONDS } from './dpop-proofs.ts'

export function createReplayDetection(options: { replays: ReplayStore; claims: Claims }) {
  const { replays, claims } = options
  const kind = 'ReplayDetection'

  async function isFirstUse(issuer: string, jti: string, proofExpiresAt: number): Promise<boolean> {
    // A proof may be dated ahead, and the engine remembers it from now.
    const { id, expiresAt, note } = replays.use(issuer, jti, proofExpiresAt + PROOF_WINDOW_SECONDS)
    await claims.assertCertain(kind, id)
    return claims.take({ kind, id, expiresAt, exchange: note() })
  }

  return async (issuer: string, jti: string, expiresAt: number): Promise<boolean> => {
    if (await speakingEngine(isFirstUse(issuer, jti, expiresAt))) return true
    // The engine would say invalid_grant, upon which clients throw good tokens away.
    if (isProofId(currentContext()?.get('DPoP'), jti)) {
      throw new errors.InvalidDpopProof('used before')
    }
    return false
  }
}
