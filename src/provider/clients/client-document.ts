// What a client's metadata document becomes before the engine validates it. Its rules are those of
// draft-ietf-oauth-client-id-metadata-document and of MCP (mcp-requirements A11, A12, D5); the rest is
// read as leniently as a registration.
import { type ClientMetadata, errors } from 'oidc-provider'
import { type CopyWording, UnfitCopy } from '../../domain/document-cache.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import { normaliseRegistration } from './registration.ts'

export const DOCUMENT_WORDING: CopyWording = {
  unavailable: 'client_document_unavailable',
  refused: 'client_document_refused',
  withdrawn: 'client_document_withdrawn',
  reasons: {
    url: 'Its address must be an https URL with a host name.',
    address: 'The host of its address has no public IP address.',
    redirect: 'Its address redirects, and redirects are not followed.',
    type: 'It is not served as application/json, unencoded.',
    too_large: 'It is too large: 5 KiB are allowed.',
    not_json: 'It is not JSON.',
  },
}

/** The methods that a document may choose from, preferred first: those without a shared secret. */
const METHODS = ['private_key_jwt', 'none']

type Members = Readonly<Record<string, unknown>>

/** @throws UnfitCopy */
export function readClientDocument(
  url: string,
  document: unknown,
  policy: RedirectPolicy,
): ClientMetadata {
  const members = parseObject(document)
  // Anything may come from an address in trouble; what names itself rightly is meant.
  require(members['client_id'] === url, 'Its client_id differs from its address.', false)
  require(isText(members['client_name']), 'Its client_name is missing.')
  require(Array.isArray(members['redirect_uris']), 'Its redirect_uris are missing.')
  for (const name of ['client_secret', 'client_secret_expires_at']) {
    require(!Object.hasOwn(members, name), `It must not hold ${name}: it is public.`)
  }
  const metadata = normalise({ ...members, token_endpoint_auth_method: chooseMethod(members) })
  return { ...metadata, client_id: url }

  function normalise(body: Members): ClientMetadata {
    try {
      return normaliseRegistration(body, policy)
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error
      throw new UnfitCopy(`Its ${error.error_description}.`, { isMeant: true })
    }
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function parseObject(document: unknown): Members {
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  require(isObject, 'It is not a JSON object.', false)
  return document as Members
}

function require(isMet: boolean, reason: string, isMeant = true): void {
  if (!isMet) throw new UnfitCopy(reason, { isMeant })
}

/**
 * One of our methods out of the one that the document names and those that it says it can do
 * (`token_endpoint_auth_methods_supported`, SEP-3149): the named one if it is ours, else what both can
 * do, the stronger first. A document that says nothing is of a public client.
 */
function chooseMethod(members: Members): string {
  const named = members['token_endpoint_auth_method']
  const listed = members['token_endpoint_auth_methods_supported']
  require(!/^client_secret_/.test(String(named)), 'A public document cannot have a shared secret.')
  const offered = [named, ...(Array.isArray(listed) ? listed : [])].filter(isText)
  if (offered.length === 0) return 'none'
  const hasKeys = Boolean(members['jwks'] ?? members['jwks_uri'])
  const chosen = METHODS.includes(String(named))
    ? String(named)
    : METHODS.find((method) => offered.includes(method) && (method === 'none' || hasKeys))
  if (chosen !== undefined) return chosen
  const reason = `Its token_endpoint_auth_method must be one of ${METHODS.join(', ')}.`
  throw new UnfitCopy(reason, { isMeant: true })
}
