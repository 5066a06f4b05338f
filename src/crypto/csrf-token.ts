// The CSRF token of an interaction: a MAC of its id. Every load of the page gets the same token, so a page
// loaded twice works, and nothing has to be stored.
import { createHmac, type KeyObject } from 'node:crypto'
import { deriveKeys } from './derived-key.ts'
import { isEqual } from './equal.ts'

export interface CsrfTokens {
  create(interactionUid: string): string
  isValid(interactionUid: string, token: string | undefined): boolean
}

/** @param sessionSecrets newest first: the newest signs, all verify. */
export function createCsrfTokens(sessionSecrets: readonly [string, ...string[]]): CsrfTokens {
  const keys = deriveKeys(sessionSecrets, 'csrf')
  const sign = (key: KeyObject, uid: string) => createHmac('sha256', key).update(uid).digest()
  return {
    create: (uid) => sign(keys[0], uid).toString('base64url'),
    isValid(uid, token) {
      if (token === undefined) return false
      const given = Buffer.from(token, 'base64url')
      return keys.some((key) => isEqual(sign(key, uid), given))
    },
  }
}
