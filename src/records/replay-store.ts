// What may be used once, such as the `jti` of a client assertion (RFC 7523 §3): of many uses, whoever
// and wherever they come, one is the first.
import type { Exchange, Records } from './records.ts'

interface Use {
  readonly id: string
  /** Until when (seconds since the epoch) it is known. */
  readonly expiresAt: number
  /** `isDone`: it is the first. */
  note(): Exchange
}

export interface ReplayStore {
  /** A use of this pair, to be noted until `expiresAtSeconds` since the epoch. */
  use(issuer: string, jti: string, expiresAtSeconds: number): Use
}

export function createReplayStore(options: { records: Records; now: () => number }): ReplayStore {
  const { records, now } = options
  return {
    use(issuer, jti, expiresAt) {
      const id = JSON.stringify([issuer, jti])
      const ttlSeconds = () => Math.max(1, Math.ceil(expiresAt - now() / 1000))
      return { id, expiresAt, note: () => records.put('ReplayDetection', id, {}, ttlSeconds()) }
    },
  }
}
