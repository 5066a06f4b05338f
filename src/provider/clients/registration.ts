// What a dynamic registration (RFC 7591) or a configured client becomes before the engine validates it:
// strict on redirect URIs, lenient on the rest, because clients send what their last server liked.
// Metadata documents come here by way of client-document.ts.
import { type ClientMetadata, errors } from 'oidc-provider'
import type { ClientConfig } from '../../config/clients.ts'
import { parseKeySet } from '../../oauth/key-set.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'

export const CLIENT_AUTH_METHODS = [
  'none',
  'private_key_jwt',
  'client_secret_basic',
  'client_secret_post',
] as const

/** The algorithms of client assertions. */
export const CLIENT_AUTH_ALGS = ['RS256', 'ES256', 'EdDSA'] as const

const GRANT_TYPES = ['authorization_code', 'refresh_token']

/** Metadata that is kept when it is well formed; all else is dropped, `scope` too: it is no ceiling. */
const KEPT_URLS = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const

type Members = Readonly<Record<string, unknown>>

// Anyone may register: a registration stays small.
const LONGEST_NAME = 200
const LONGEST_URL = 2000
const MOST_REDIRECT_URIS = 20

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function isWebUrl(value: unknown): value is string {
  return (
    isText(value) &&
    value.length <= LONGEST_URL &&
    ['https:', 'http:'].includes(URL.parse(value)?.protocol ?? '')
  )
}

/** Registered metadata for a request body. @throws errors.InvalidClientMetadata (RFC 7591 §3.2.2) */
export function normaliseRegistration(body: Members, policy: RedirectPolicy): ClientMetadata {
  const redirects = parseRedirectUris(body['redirect_uris'], policy)
  const metadata: Record<string, unknown> = {
    ...redirects,
    grant_types: GRANT_TYPES,
    response_types: ['code'],
  }
  const name = body['client_name']
  if (isText(name)) metadata['client_name'] = [...name].slice(0, LONGEST_NAME).join('')
  for (const key of KEPT_URLS) {
    if (isWebUrl(body[key])) metadata[key] = body[key]
  }
  // RFC 9449 §5.2: it wants no token without a proof.
  if (body['dpop_bound_access_tokens'] === true) metadata['dpop_bound_access_tokens'] = true
  const method = body['token_endpoint_auth_method']
  // RFC 7591 §2: absent means client_secret_basic, which is the engine's default.
  if (isText(method)) metadata['token_endpoint_auth_method'] = parseAuthMethod(method)
  if (method === 'private_key_jwt') Object.assign(metadata, parseKeys(body))
  return metadata as unknown as ClientMetadata // client_id is the engine's to add
}

function parseAuthMethod(method: string): string {
  if (CLIENT_AUTH_METHODS.some((known) => known === method)) return method
  throw new errors.InvalidClientMetadata(
    `token_endpoint_auth_method must be one of ${CLIENT_AUTH_METHODS.join(', ')}`,
  )
}

/** RFC 7591 §2: where a client's keys are, or the keys themselves, and never both. */
function parseKeys(body: Members): Record<string, unknown> {
  const given = { jwks: body['jwks'] ?? undefined, jwksUri: body['jwks_uri'] || undefined }
  if ((given.jwks === undefined) === (given.jwksUri === undefined)) {
    throw new errors.InvalidClientMetadata(
      'token_endpoint_auth_method private_key_jwt needs either jwks or jwks_uri',
    )
  }
  const alg = body['token_endpoint_auth_signing_alg']
  if (isText(alg) && !CLIENT_AUTH_ALGS.some((known) => known === alg)) {
    throw new errors.InvalidClientMetadata(
      `token_endpoint_auth_signing_alg must be one of ${CLIENT_AUTH_ALGS.join(', ')}`,
    )
  }
  const signing = isText(alg) ? { token_endpoint_auth_signing_alg: alg } : {}
  const { jwksUri } = given
  if (jwksUri !== undefined) {
    if (isText(jwksUri) && URL.parse(jwksUri)?.protocol === 'https:') {
      return { ...signing, jwks_uri: jwksUri }
    }
    throw new errors.InvalidClientMetadata('jwks_uri must be an https URL')
  }
  const jwks = parseKeySet(given.jwks)
  if (jwks && jwks.keys.length > 0) return { ...signing, jwks }
  throw new errors.InvalidClientMetadata('jwks must hold at least one public key that signs')
}

/**
 * The acceptable redirect URIs, at least one, and the application type that they make: the engine
 * allows loopback ports to vary and private-use schemes for `native` alone, and clients often send
 * none or `web` (mcp-requirements B11).
 */
function parseRedirectUris(value: unknown, policy: RedirectPolicy) {
  const given = new Set([value].flat().filter(isText))
  if (given.size > MOST_REDIRECT_URIS) {
    throw new errors.InvalidClientMetadata(
      `redirect_uris must hold at most ${MOST_REDIRECT_URIS} URIs`,
    )
  }
  const acceptable = [...given].filter((uri) => uri.length <= LONGEST_URL && policy.findTarget(uri))
  if (acceptable.length === 0) {
    throw new errors.InvalidClientMetadata(
      'redirect_uris must hold at least one https URI, loopback http URI (http://127.0.0.1/…, http://localhost/…) or private-use URI that this server lists',
    )
  }
  const isNative = acceptable.some((uri) => !/^https:/i.test(uri))
  // The engine has no native client with https on a loopback host; the others of the set are enough.
  const isUsable = (uri: string) =>
    !/^https:/i.test(uri) || policy.findTarget(uri)?.kind === 'https'
  return {
    redirect_uris: isNative ? acceptable.filter(isUsable) : acceptable,
    application_type: isNative ? 'native' : 'web',
  }
}

/** A client of the configuration file as the engine wants it. */
export function describeConfiguredClient(
  client: ClientConfig,
  policy: RedirectPolicy,
): ClientMetadata {
  const { clientId, clientName, clientUri, clientSecret, keys, redirectUris } = client
  const secretMethod = clientSecret === undefined ? 'none' : 'client_secret_basic'
  return {
    ...normaliseRegistration(
      {
        client_name: clientName,
        client_uri: clientUri,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: keys ? 'private_key_jwt' : secretMethod,
        ...keys,
      },
      policy,
    ),
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
  }
}
