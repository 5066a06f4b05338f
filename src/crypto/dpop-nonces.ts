// Nonces for DPoP proofs (RFC 9449 §8): a MAC of the current minute. Every replica can verify the nonces
// of the others without a store, also during a rotation of SESSION_SECRET.
import { createHmac, type KeyObject } from 'node:crypto'
import { deriveKeys } from './derived-key.ts'
import { isEqual } from './equal.ts'

export interface DpopNonces {
  /** The nonce of the current minute. */
  next(): string
  isValid(nonce: string): boolean
}

const STEP_MS = 60 * 1000
/** The minutes whose nonces are valid, relative to ours: another replica's clock may be ahead. */
const WINDOW = [0, -1, 1, -2, -3]

/** @param options.sessionSecrets newest first: the newest creates nonces, all verify. */
export function createDpopNonces(options: {
  sessionSecrets: readonly [string, ...string[]]
  now: () => number
}): DpopNonces {
  const { sessionSecrets, now } = options
  const keys = deriveKeys(sessionSecrets, 'dpop')
  const step = () => Math.floor(now() / STEP_MS)
  const sign = (key: KeyObject, minute: number) =>
    createHmac('sha256', key).update(String(minute)).digest()
  return {
    next: () => sign(keys[0], step()).toString('base64url'),
    isValid(nonce) {
      const given = Buffer.from(nonce, 'base64url')
      return keys.some((key) => WINDOW.some((offset) => isEqual(sign(key, step() + offset), given)))
    },
  }
}
