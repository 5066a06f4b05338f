// What may be used once, such as the `jti` of a client assertion (RFC 7523 §3): of many uses, whoever
// and wherever they come, one is the first.
import type { Exchange, Records } from './records.ts'

interface Use {
  readonly id: string
  /** `isDone`: it is the first. */
  readonly exchange: Exchange
  /** Until when (seconds since the epoch) it is known. */
  readonly expiresAt: number
}

export interface ReplayStore {
  /** Notes a use of this pair, until `expiresAtSeconds` since the epoch. */
  use(issuer: string, jti: string, expiresAtSeconds: number): Use
}

export function createReplayStore(options: { records: Records; now: () => number }): ReplayStore {
  const { records, now } = options
  return {
    use(issuer, jti, expiresAt) {
      const ttlSeconds = Math.max(1, Math.ceil(expiresAt - now() / 1000))
      const id = JSON.stringify([issuer, jti])
      return { id, expiresAt, exchange: records.put('ReplayDetection', id, {}, ttlSeconds) }
    },
  }
}
