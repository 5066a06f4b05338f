// Encryption of stored records: a copy of the store is useless without the secrets. AES-256-GCM with the
// record's key as associated data, so that a value cannot be moved to another record.
import { createCipheriv, createDecipheriv, hash, type KeyObject, randomBytes } from 'node:crypto'
import { deriveKeys } from './derived-key.ts'

export interface Seal {
  /** Names the key that seals. It tells nothing about the secret. */
  readonly newestId: string
  /** The names of all keys. */
  readonly keyIds: readonly string[]
  /** The id of the key that a text was sealed under. */
  idOf(sealed: string): string
  /** Whether there is a key with this id. */
  knows(keyId: string): boolean
  seal(text: string, context: string): string
  /**
   * Undefined: sealed under a secret that has been removed.
   * @throws Error if the text is damaged, or was moved from another record
   */
  open(sealed: string, context: string): string | undefined
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_ID_LENGTH = 6

/** @param sessionSecrets newest first: the newest seals, all open. */
export function createSeal(sessionSecrets: readonly [string, ...string[]]): Seal {
  const derived = deriveKeys(sessionSecrets, 'seal')
  const [newest] = derived
  const newestId = keyIdOf(newest)
  // If two ids collide, the newest key wins.
  const keys = new Map(derived.toReversed().map((key) => [keyIdOf(key), key]))

  return {
    newestId,
    keyIds: [...keys.keys()],
    idOf: (sealed) => sealed.slice(0, KEY_ID_LENGTH),
    knows: (keyId) => keys.has(keyId),
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', newest, nonce)
      cipher.setAAD(Buffer.from(context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
      return newestId + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, context) {
      const key = keys.get(sealed.slice(0, KEY_ID_LENGTH))
      if (!key) return undefined
      const bytes = Buffer.from(sealed.slice(KEY_ID_LENGTH), 'base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('the sealed text is too short')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    },
  }
}

export type Opening =
  | { readonly kind: 'opened'; readonly text: string }
  /** Sealed under a secret that has been removed. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'damaged'; readonly problem: string; readonly cause: unknown }

/** Opens the sealed text of a record, and describes the problem if it is damaged. */
export function openRecord(seal: Seal, key: string, sealed: string): Opening {
  try {
    const text = seal.open(sealed, key)
    return text === undefined ? { kind: 'foreign' } : { kind: 'opened', text }
  } catch (cause) {
    return { kind: 'damaged', problem: `is damaged: the seal of ${key} is broken`, cause }
  }
}

function keyIdOf(key: KeyObject): string {
  return hash('sha256', key.export(), 'base64url').slice(0, KEY_ID_LENGTH)
}
