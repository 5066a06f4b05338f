// Compares a secret or a MAC with what somebody sent, in a time that says nothing about where they differ.
import { timingSafeEqual } from 'node:crypto'

/** The lengths may differ, and are not secret. */
export function isEqual(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given)
}
