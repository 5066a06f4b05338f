// Identifiers that may be used once, such as the `jti` of a client assertion (RFC 7523 §3).
import type { Records, ReversibleSwap } from './records.ts'

interface Use {
  readonly id: string
  /** Seconds since the epoch until which the use is remembered. */
  readonly expiresAt: number
  /** `isDone` resolves to true for the first use only, on whichever process the uses arrive. */
  record(): ReversibleSwap
  /** The same for `seconds` only. If the use is not confirmed by then, it counts for nothing. */
  try(seconds: number): ReversibleSwap
  /** The use is remembered until `expiresAt`. */
  confirm(): Promise<void>
}

export interface ReplayStore {
  /** @param expiresAt seconds since the epoch */
  use(issuer: string, jti: string, expiresAt: number): Use
}

export function createReplayStore(options: { records: Records; now: () => number }): ReplayStore {
  const { records, now } = options
  const kind = 'ReplayDetection'
  return {
    use(issuer, jti, expiresAt) {
      const id = JSON.stringify([issuer, jti])
      const ttlSeconds = () => Math.max(1, Math.ceil(expiresAt - now() / 1000))
      return {
        id,
        expiresAt,
        record: () => records.addReversibly(kind, id, {}, ttlSeconds()),
        try: (seconds) => records.addReversibly(kind, id, {}, Math.min(seconds, ttlSeconds())),
        confirm: () => records.save(kind, id, {}, ttlSeconds()),
      }
    },
  }
}
