// The key sets that clients publish at their jwks_uri, cached like metadata documents. The engine never
// fetches one: it would answer an outage with invalid_client, and clients would discard their tokens.
import {
  createDocumentCache,
  type DocumentCache,
  type DocumentCacheOptions,
} from '../../domain/document-cache.ts'
import { type DocumentFaults, InvalidDocument } from '../../domain/document-faults.ts'
import { ACCEPTED_KEYS, type KeySet, parseKeySet } from '../../oauth/key-set.ts'
import type { GuardedFetch } from '../../outbound/guarded-fetch.ts'
import { createJsonFetch } from '../../outbound/json-fetch.ts'

const MAX_BYTES = 64 * 1024
/** A key that its owner has removed must not verify assertions for longer than this. */
const MAX_FRESH_SECONDS = 60 * 60

const FAULTS: DocumentFaults = {
  unavailable: 'client_keys_unavailable',
  refused: 'client_keys_refused',
  unresolved: 'client_keys_refused',
  withdrawn: 'client_keys_refused',
  isGonePermanent: false,
  reasons: {
    url: 'The address must be an https URL with a host name and no port.',
    address: 'The host of the address has no public IP address.',
    redirect: 'The address redirects, and redirects are not followed.',
    type: 'They are not served as JSON without a content encoding.',
    too_large: 'They are larger than 64 KiB.',
    not_json: 'They are not JSON.',
  },
}

export function createClientKeySets(
  options: Omit<DocumentCacheOptions<KeySet>, 'fetch' | 'parse' | 'faults'> & {
    readonly fetch: GuardedFetch
    readonly timeoutMs: number
  },
): DocumentCache<KeySet> {
  const { fetch, timeoutMs, bounds } = options
  const maxFreshSeconds = Math.min(bounds.maxFreshSeconds, MAX_FRESH_SECONDS)
  return createDocumentCache({
    ...options,
    bounds: { ...bounds, maxFreshSeconds },
    fetch: createJsonFetch({ fetch, timeoutMs, maxBytes: MAX_BYTES }),
    parse: (_url, value) => parsePublishedKeySet(value),
    toStored: (keySet) => keySet,
    faults: FAULTS,
  })
}

function parsePublishedKeySet(value: unknown): KeySet {
  const keySet = parseKeySet(value)
  if (!keySet) throw new InvalidDocument('They are not a JWK Set.', { isDeliberate: false })
  if (keySet.keys.length === 0) {
    const reason = `None of them is a public signing key that is accepted: ${ACCEPTED_KEYS}.`
    throw new InvalidDocument(reason, { isDeliberate: false })
  }
  return keySet
}
