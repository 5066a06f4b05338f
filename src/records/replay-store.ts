// Identifiers that may be used once, such as the `jti` of a client assertion (RFC 7523 §3).
import type { Records, ReversibleSwap } from './records.ts'

interface Use {
  readonly id: string
  /** Seconds since the epoch until which the use is remembered. */
  readonly expiresAt: number
  /** `isDone` resolves to true for the first use only, on whichever process the uses arrive. */
  record(): ReversibleSwap
}

export interface ReplayStore {
  /** @param expiresAt seconds since the epoch */
  use(issuer: string, jti: string, expiresAt: number): Use
}

export function createReplayStore(options: { records: Records; now: () => number }): ReplayStore {
  const { records, now } = options
  return {
    use(issuer, jti, expiresAt) {
      const id = JSON.stringify([issuer, jti])
      const ttlSeconds = () => Math.max(1, Math.ceil(expiresAt - now() / 1000))
      return {
        id,
        expiresAt,
        record: () => records.addReversibly('ReplayDetection', id, {}, ttlSeconds()),
      }
    },
  }
}
