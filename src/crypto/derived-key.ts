// Derives one key per purpose from SESSION_SECRET (RFC 5869), so that no key serves two purposes.
import { hkdfSync } from 'node:crypto'

export type KeyPurpose = 'cookie-macs' | 'cookies' | 'csrf' | 'dpop' | 'limits' | 'names' | 'seal'

/** 32 bytes, always the same for a secret and a purpose. */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `mcp-oidc-server/${purpose}`, 32))
}

/** The key of each secret, in the order of the secrets. */
export function deriveKeys(
  [newest, ...older]: readonly [string, ...string[]],
  purpose: KeyPurpose,
): readonly [Buffer, ...Buffer[]] {
  return [deriveKey(newest, purpose), ...older.map((secret) => deriveKey(secret, purpose))]
}
