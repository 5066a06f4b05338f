// The CSRF token of a page: a MAC of the id of what its forms belong to, such as an interaction or a session. Every load of
// the page gets the same token, so a page loaded twice works, and nothing has to be stored.
import { createHmac, type KeyObject } from 'node:crypto'
import { deriveKeys } from './derived-key.ts'
import { isEqual } from './equal.ts'

export interface CsrfTokens {
  create(id: string): string
  isValid(id: string, token: string | undefined): boolean
}

/** @param sessionSecrets newest first: the newest signs, all verify. */
export function createCsrfTokens(sessionSecrets: readonly [string, ...string[]]): CsrfTokens {
  const keys = deriveKeys(sessionSecrets, 'csrf')
  const sign = (key: KeyObject, id: string) => createHmac('sha256', key).update(id).digest()
  return {
    create: (id) => sign(keys[0], id).toString('base64url'),
    isValid(id, token) {
      if (token === undefined) return false
      const given = Buffer.from(token, 'base64url')
      return keys.some((key) => isEqual(sign(key, id), given))
    },
  }
}
