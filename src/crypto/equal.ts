// Compares a secret or a MAC with what somebody sent, in a time that says nothing about where they differ.
import { createHash, timingSafeEqual } from 'node:crypto'

/** The lengths may differ, and are not secret. */
export function isEqual(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** For secrets of any length: the time of the comparison does not tell whether the lengths differ. */
export function isSameSecret(expected: string, given: string): boolean {
  return timingSafeEqual(digestOf(expected), digestOf(given))
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
