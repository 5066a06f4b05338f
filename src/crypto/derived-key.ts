// Derives one key per purpose from SESSION_SECRET (RFC 5869), so that no key serves two purposes.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

export type KeyPurpose = 'cookie-macs' | 'cookies' | 'csrf' | 'dpop' | 'limits' | 'names' | 'seal'

/**
 * 32 bytes, always the same for a secret and a purpose. As a KeyObject: Node converts raw bytes at each use, which
 * costs more than the MAC itself.
 */
export function deriveKey(secret: string, purpose: KeyPurpose): KeyObject {
  const bytes = hkdfSync('sha256', secret, '', `mcp-oidc-server/${purpose}`, 32)
  return createSecretKey(Buffer.from(bytes))
}

/** The key of each secret, in the order of the secrets. */
export function deriveKeys(
  [newest, ...older]: readonly [string, ...string[]],
  purpose: KeyPurpose,
): readonly [KeyObject, ...KeyObject[]] {
  return [deriveKey(newest, purpose), ...older.map((secret) => deriveKey(secret, purpose))]
}
