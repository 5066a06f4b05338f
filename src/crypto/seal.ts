// Encryption of what is stored: whoever takes the store without the secrets gets nothing of use from it
// (AES-256-GCM; the record's key is associated data, so that values cannot be moved between records).
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { deriveKey } from './derived-key.ts'

export interface Seal {
  seal(text: string, context: string): string
  /** Undefined: sealed under a secret that is not known any more, damaged, or of another record. */
  open(sealed: string, context: string): string | undefined
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_ID_LENGTH = 6

/** @param sessionSecrets newest first: the first seals, all open. */
export function createSeal(sessionSecrets: readonly [string, ...string[]]): Seal {
  const [newest, ...older] = sessionSecrets.map((secret) => {
    const key = deriveKey(secret, 'seal')
    const id = createHash('sha256').update(key).digest('base64url').slice(0, KEY_ID_LENGTH)
    return { id, key }
  })
  if (!newest) throw new TypeError('at least one secret is needed')
  const keys = new Map([...older, newest].map(({ id, key }) => [id, key]))

  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newest.key, nonce)
      cipher.setAAD(Buffer.from(context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
      return newest.id + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, context) {
      const key = keys.get(sealed.slice(0, KEY_ID_LENGTH))
      const bytes = Buffer.from(sealed.slice(KEY_ID_LENGTH), 'base64url')
      if (!key || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
