// The keys of records: `<prefix of the installation>:<prefix of the kind>:<hash of the id>`.
import { createHmac, hash, type KeyObject } from 'node:crypto'
import { deriveKeys } from '../crypto/derived-key.ts'
import { KINDS } from './record-kinds.ts'
import type { RecordKind } from './record-values.ts'

/** Replaces a token's id in its key; also the reference by which an access token names its grant. */
export function hashId(id: string): string {
  return hash('sha256', id, 'base64url')
}

export interface KeyNames {
  /** The key to write to, then the keys that older secrets gave the same record. */
  ofId(kind: RecordKind, id: string): readonly [string, ...string[]]
  ofHash(kind: RecordKind, idHash: string): string
}

/** @param options.prefix which all keys of this installation begin with, e.g. `mcp-oidc` */
export function createKeyNames(options: {
  prefix: string
  sessionSecrets: readonly [string, ...string[]]
}): KeyNames {
  const { prefix, sessionSecrets } = options
  const [newestKey, ...olderKeys] = deriveKeys(sessionSecrets, 'names')
  const hmac = (key: KeyObject, id: string) =>
    createHmac('sha256', key).update(id).digest('base64url')
  const ofHash = (kind: RecordKind, hash: string) => `${prefix}:${KINDS[kind].prefix}:${hash}`
  return {
    ofHash,
    ofId(kind, id) {
      if (!KINDS[kind].isGuessable) return [ofHash(kind, hashId(id))]
      return [
        ofHash(kind, hmac(newestKey, id)),
        ...olderKeys.map((key) => ofHash(kind, hmac(key, id))),
      ]
    },
  }
}
