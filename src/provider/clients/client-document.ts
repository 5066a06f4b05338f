// Client metadata documents: cached, and checked before the engine validates them. A document has to meet
// draft-ietf-oauth-client-id-metadata-document and the rules of MCP (docs/requirements.md A11, A12). Beyond
// those, it is treated as leniently as a registration.
import { type ClientMetadata, errors } from 'oidc-provider'
import {
  createDocumentCache,
  type DocumentCache,
  type DocumentCacheOptions,
} from '../../domain/document-cache.ts'
import { type DocumentFaults, InvalidDocument } from '../../domain/document-faults.ts'
import { isObject, isText, type Members } from '../../oauth/json-members.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import type { GuardedFetch } from '../../outbound/guarded-fetch.ts'
import { createJsonFetch } from '../../outbound/json-fetch.ts'
import { normaliseRegistration } from './registration.ts'

const MAX_BYTES = 5 * 1024 // draft-ietf-oauth-client-id-metadata-document-01 §6.6

const FAULTS: DocumentFaults = {
  unavailable: 'client_document_unavailable',
  refused: 'client_document_refused',
  unresolved: 'client_document_unresolved',
  withdrawn: 'client_document_withdrawn',
  isGonePermanent: true,
  reasons: {
    url: 'Its address must be an https URL with a host name and no port.',
    address: 'The host of its address has no public IP address.',
    redirect: 'Its address redirects, and redirects are not followed.',
    type: 'It is not served as application/json without a content encoding.',
    too_large: 'It is larger than 5 KiB.',
    not_json: 'It is not JSON.',
  },
}

/** The authentication methods without a shared secret, the stronger first. */
const METHODS = ['private_key_jwt', 'none']

export function createClientDocuments(
  options: Omit<DocumentCacheOptions<ClientMetadata>, 'fetch' | 'parse' | 'faults'> & {
    readonly fetch: GuardedFetch
    readonly timeoutMs: number
    readonly redirectPolicy: RedirectPolicy
  },
): DocumentCache<ClientMetadata> {
  const { fetch, timeoutMs, redirectPolicy } = options
  return createDocumentCache({
    ...options,
    fetch: createJsonFetch({ fetch, timeoutMs, maxBytes: MAX_BYTES }),
    parse: (url, document) => parseClientDocument(url, document, redirectPolicy),
    faults: FAULTS,
  })
}

/** @throws InvalidDocument */
export function parseClientDocument(
  url: string,
  document: unknown,
  policy: RedirectPolicy,
): ClientMetadata {
  // A host in trouble may serve any JSON. If `client_id` matches, the document is the publisher's own.
  if (!isObject(document)) throw accidental('It is not a JSON object.')
  if (document['client_id'] !== url) throw accidental('Its client_id differs from its address.')
  if (!isText(document['client_name'])) throw deliberate('Its client_name is missing.')
  if (!Array.isArray(document['redirect_uris'])) throw deliberate('Its redirect_uris are missing.')
  // draft-ietf-oauth-client-id-metadata-document-01 §4.1
  for (const name of ['client_secret', 'client_secret_expires_at']) {
    if (Object.hasOwn(document, name)) {
      throw deliberate(`It must not hold ${name}: everyone can read it.`)
    }
  }
  const body = { ...document, token_endpoint_auth_method: chooseMethod(document) }
  return { ...normalise(body, policy), client_id: url }
}

function normalise(body: Members, policy: RedirectPolicy): ClientMetadata {
  try {
    return normaliseRegistration(body, policy)
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error
    throw deliberate(`Its ${error.error_description}.`)
  }
}

const deliberate = (reason: string) => new InvalidDocument(reason, { isDeliberate: true })
const accidental = (reason: string) => new InvalidDocument(reason, { isDeliberate: false })

/**
 * The authentication method of a client by document: the one that it names, if we accept that for
 * documents. Otherwise the strongest one that it lists in `token_endpoint_auth_methods_supported` (MCP
 * SEP-3149) and that we accept. A document that names and lists none is one of a public client.
 */
function chooseMethod(document: Members): string {
  const { token_endpoint_auth_method: method, token_endpoint_auth_methods_supported: listed } =
    document
  const named = isText(method) ? method : undefined
  // draft-ietf-oauth-client-id-metadata-document-01 §4.1
  if (named?.startsWith('client_secret_')) {
    throw deliberate('A public document cannot have a shared secret.')
  }
  const offered = [named, ...(Array.isArray(listed) ? listed : [])].filter(isText)
  if (offered.length === 0) return 'none'
  if (named !== undefined && METHODS.includes(named)) return named
  const hasKeys = Boolean(document['jwks'] ?? document['jwks_uri'])
  const chosen = METHODS.find((candidate) => {
    return offered.includes(candidate) && (candidate === 'none' || hasKeys)
  })
  if (chosen !== undefined) return chosen
  throw deliberate(`Its token_endpoint_auth_method must be one of ${METHODS.join(', ')}.`)
}
