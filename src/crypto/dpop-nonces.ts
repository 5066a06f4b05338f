// Nonces for DPoP proofs (RFC 9449 §8): a MAC of the minute, so that every replica knows those of the
// others without a store, also while SESSION_SECRET is being rotated.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from './derived-key.ts'

export interface DpopNonces {
  /** The one to use from now on. */
  next(): string
  isValid(nonce: string): boolean
}

const STEP_MS = 60 * 1000
/** The minutes whose nonces are good, from ours: the clock of another replica may be ahead. */
const WINDOW = [0, -1, 1, -2, -3]

/** @param options.sessionSecrets newest first: the first makes nonces, all know theirs. */
export function createDpopNonces(options: {
  sessionSecrets: readonly [string, ...string[]]
  now: () => number
}): DpopNonces {
  const { sessionSecrets, now } = options
  const keys = sessionSecrets.map((secret) => deriveKey(secret, 'dpop'))
  const step = () => Math.floor(now() / STEP_MS)
  const sign = (key: Buffer | undefined, minute: number) =>
    createHmac('sha256', key ?? '')
      .update(String(minute))
      .digest()
  return {
    next: () => sign(keys[0], step()).toString('base64url'),
    isValid(nonce) {
      const given = Buffer.from(nonce, 'base64url')
      return keys.some((key) =>
        WINDOW.some((offset) => {
          const expected = sign(key, step() + offset)
          return given.length === expected.length && timingSafeEqual(given, expected)
        }),
      )
    },
  }
}
