// The key set at a client's jwks_uri, kept like its document. The engine never fetches one: an outage
// of it would become invalid_client, and clients throw away what they have.

import { type CopyWording, UnfitCopy } from '../../domain/document-cache.ts'
import { type KeySet, parseKeySet } from '../../oauth/key-set.ts'

export const KEY_SET_WORDING: CopyWording = {
  unavailable: 'client_keys_unavailable',
  refused: 'client_keys_refused',
  withdrawn: 'client_keys_refused',
  reasons: {
    url: 'The address must be an https URL with a host name.',
    address: 'The host of the address has no public IP address.',
    redirect: 'The address redirects, and redirects are not followed.',
    type: 'They are not served as JSON, unencoded.',
    too_large: 'They are too large: 64 KiB are allowed.',
    not_json: 'They are not JSON.',
  },
}

/** @throws UnfitCopy */
export function readKeySet(_url: string, value: unknown): KeySet {
  const keySet = parseKeySet(value)
  if (!keySet) throw new UnfitCopy('They are not a JWK Set.', { isMeant: false })
  if (keySet.keys.length === 0) {
    throw new UnfitCopy('None of them is a public key that signs.', { isMeant: false })
  }
  return keySet
}
