// One key per purpose out of SESSION_SECRET, so that no secret serves two ends (RFC 5869).
import { hkdfSync } from 'node:crypto'

export type KeyPurpose = 'cookies' | 'csrf' | 'dpop' | 'names' | 'seal'

/** 32 bytes; the same for the same secret and purpose. */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `mcp-oidc-server/${purpose}`, 32))
}
