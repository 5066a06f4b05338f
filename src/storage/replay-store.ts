// What may be used once, such as the `jti` of a client assertion (RFC 7523 §3): of many uses, whoever
// and wherever they come, one is the first.
import type { Records } from './records.ts'

export interface ReplayStore {
  /** True once for each pair, until `expiresAtSeconds` since the epoch. */
  isFirstUse(issuer: string, jti: string, expiresAtSeconds: number): Promise<boolean>
}

export function createReplayStore(options: { records: Records; now: () => number }): ReplayStore {
  const { records, now } = options
  return {
    async isFirstUse(issuer, jti, expiresAtSeconds) {
      const ttlSeconds = Math.max(1, Math.ceil(expiresAtSeconds - now() / 1000))
      const id = JSON.stringify([issuer, jti])
      return (await records.add('ReplayDetection', id, {}, ttlSeconds)) !== undefined
    },
  }
}
