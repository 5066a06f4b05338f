// DPoP proofs (RFC 9449 §4.3) that come with an access token to /userinfo. The engine verifies those at the
// token and PAR endpoints, with the same nonces and replay store.
import { createHash } from 'node:crypto'
import {
  calculateJwkThumbprint,
  decodeJwt,
  EmbeddedJWK,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
} from 'jose'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { createDpopNonces, type DpopNonces } from '../../crypto/dpop-nonces.ts'
import { AppError } from '../../errors.ts'
import { parseUrl } from '../../oauth/parse-url.ts'
import type { ReplayStore } from '../../records/replay-store.ts'

/** The algorithms of proofs. */
export const DPOP_ALGS = ['ES256', 'Ed25519', 'EdDSA'] as const

/** Proofs have less than 1 KB. The engine parses `htu`, which takes quadratic time for some hosts. */
const MAX_PROOF_LENGTH = 4 * 1024

/** Call before the engine reads the proof. @throws errors.InvalidDpopProof */
export function rejectLargeProof(ctx: KoaContextWithOIDC): void {
  if (ctx.get('DPoP').length <= MAX_PROOF_LENGTH) return
  throw new errors.InvalidDpopProof('the DPoP proof must not be larger than 4 KiB')
}

/** How far a proof without a nonce may be dated from now, and the least time that its `jti` is remembered. */
export const PROOF_WINDOW_SECONDS = 300

interface PresentedProof {
  /** The DPoP header. */
  readonly proof: string
  readonly method: string
  readonly url: string
  readonly accessToken: string
  /** The thumbprint that the token is bound to, and the client that it was issued to. */
  readonly thumbprint: string
  readonly clientId: string
}

export interface DpopProofs {
  /** Shared with the engine, so that a client has one nonce for all endpoints. */
  readonly nonces: DpopNonces
  /** @throws AppError invalid_dpop_proof, use_dpop_nonce */
  verify(presented: PresentedProof): Promise<void>
}

export function createDpopProofs(options: {
  sessionSecrets: readonly [string, ...string[]]
  replays: ReplayStore
  now: () => number
}): DpopProofs {
  const { replays, now } = options
  const nonces = createDpopNonces(options)

  async function parse(proof: string): Promise<{ claims: JWTPayload; thumbprint: string }> {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        algorithms: [...DPOP_ALGS],
        typ: 'dpop+jwt',
        requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
        currentDate: new Date(now()),
      })
      const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {})
      return { claims: payload, thumbprint }
    } catch (cause) {
      if (!(cause instanceof joseErrors.JOSEError || cause instanceof TypeError)) throw cause
      throw new AppError('invalid_dpop_proof', { cause })
    }
  }

  function checkTime({ nonce, iat = 0 }: JWTPayload): void {
    if (nonce === undefined) {
      // The nonce proves when the proof was made; without one, the client's clock has to.
      if (Math.abs(now() / 1000 - iat) <= PROOF_WINDOW_SECONDS) return
    } else if (typeof nonce === 'string' && nonces.isValid(nonce)) return
    throw new AppError('use_dpop_nonce')
  }

  return {
    nonces,
    async verify(presented) {
      const { claims, thumbprint } = await parse(presented.proof)
      const { jti } = claims
      const isOurs =
        claims['htm'] === presented.method &&
        withoutQuery(claims['htu']) === presented.url &&
        claims['ath'] === createHash('sha256').update(presented.accessToken).digest('base64url') &&
        thumbprint === presented.thumbprint
      if (!isOurs || typeof jti !== 'string') throw new AppError('invalid_dpop_proof')
      checkTime(claims)
      const { clientId } = presented
      const expiresAt = now() / 1000 + 2 * PROOF_WINDOW_SECONDS
      const { isDone } = replays.use(clientId, jti, expiresAt).record()
      if (!(await isDone)) throw new AppError('invalid_dpop_proof')
    },
  }
}

/** Whether `jti` is that of this proof, which need not be valid. */
export function isProofId(proof: string | undefined, jti: string): boolean {
  try {
    return proof !== undefined && decodeJwt(proof).jti === jti
  } catch {
    return false
  }
}

/** RFC 9449 §4.3: query and fragment are ignored, and URLs are compared in normal form. */
function withoutQuery(htu: unknown): string | undefined {
  const url = typeof htu === 'string' ? parseUrl(htu) : undefined
  return url ? url.origin + url.pathname : undefined
}
