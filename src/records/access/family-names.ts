// The name and the key of a grant's refresh tokens. Both follow from the grant, so that whoever ends it finds them.
import { createHmac, hash } from 'node:crypto'

/**
 * The id of the family: 128 bits, as many as one that is drawn at random.
 * @param reference to the grant (grant-store.ts)
 */
export function nameFamily(reference: string): string {
  const digest = hash('sha256', `refresh-family:${reference}`, 'buffer')
  return digest.subarray(0, 16).toString('base64url')
}

/**
 * The key of its MACs. The id of a grant is 256 random bits, which no token shows. If the first of two requests with one
 * code failed, both store the same family, and it does not matter whose write comes last.
 */
export function deriveMacKey(grantId: string): string {
  return createHmac('sha256', grantId).update('refresh-family').digest('base64url')
}
