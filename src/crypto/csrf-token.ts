// The CSRF token of an interaction: the same however often its page is shown, so that a page loaded
// twice works, and nothing that has to be stored.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey } from './derived-key.ts'

export interface CsrfTokens {
  create(interactionUid: string): string
  isValid(interactionUid: string, token: string | undefined): boolean
}

/** @param sessionSecrets newest first: the first signs, all verify. */
export function createCsrfTokens(sessionSecrets: readonly [string, ...string[]]): CsrfTokens {
  const [newest, ...older] = sessionSecrets.map((secret) => deriveKey(secret, 'csrf'))
  const sign = (key: Buffer | undefined, uid: string) =>
    createHmac('sha256', key ?? '')
      .update(uid)
      .digest()
  return {
    create: (uid) => sign(newest, uid).toString('base64url'),
    isValid(uid, token) {
      const given = Buffer.from(token ?? '', 'base64url')
      return [newest, ...older].some((key) => {
        const expected = sign(key, uid)
        return given.length === expected.length && timingSafeEqual(given, expected)
      })
    },
  }
}
