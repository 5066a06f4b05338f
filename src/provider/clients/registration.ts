// Turns a dynamic registration (RFC 7591) or a configured client into metadata for the engine to validate.
// Redirect URIs are checked strictly. The rest is treated leniently, because clients send metadata that was
// written for other servers. client-document.ts uses these rules for metadata documents too.
import { type ClientMetadata, errors } from 'oidc-provider'
import type { ClientConfig } from '../../config/clients.ts'
import { isText, type Members } from '../../oauth/json-members.ts'
import { ACCEPTED_KEYS, ASSERTION_ALGS, parseKeySet } from '../../oauth/key-set.ts'
import { MAX_URL_LENGTH, parseUrl } from '../../oauth/parse-url.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import { asClientMetadata } from '../internals.ts'
import { CLIENT_AUTH_METHODS } from './client-authentication.ts'

const GRANT_TYPES = ['authorization_code', 'refresh_token']

/**
 * Kept if they are well-formed. Members that are not named in this file are dropped, `scope` among them: it
 * does not limit what a client may request.
 */
const KEPT_URLS = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const

/** The engine keeps it because configuration.ts names it; the endpoint that reads it is ours. */
export const POST_LOGOUT_REDIRECT_URIS = 'post_logout_redirect_uris'

// Anyone may register, so a registration is limited in size.
const MAX_NAME_LENGTH = 200
const MAX_REDIRECT_URIS = 20

function isUrlOf(protocols: readonly string[], value: unknown): value is string {
  return (
    isText(value) &&
    value.length <= MAX_URL_LENGTH &&
    protocols.includes(parseUrl(value)?.protocol ?? '')
  )
}

/** @throws errors.InvalidClientMetadata (RFC 7591 §3.2.2) */
export function normaliseRegistration(body: Members, policy: RedirectPolicy): ClientMetadata {
  const redirects = parseRedirectUris(body['redirect_uris'], policy)
  const metadata: Record<string, unknown> = {
    ...redirects,
    grant_types: GRANT_TYPES,
    response_types: ['code'],
  }
  const name = body['client_name']
  if (isText(name)) metadata['client_name'] = [...name].slice(0, MAX_NAME_LENGTH).join('')
  for (const key of KEPT_URLS) {
    if (isUrlOf(['https:', 'http:'], body[key])) metadata[key] = body[key]
  }
  const returns = parsePostLogoutUris(body[POST_LOGOUT_REDIRECT_URIS], redirects, policy)
  if (returns.length > 0) metadata[POST_LOGOUT_REDIRECT_URIS] = returns
  // RFC 9449 §5.2: the client always uses DPoP.
  if (body['dpop_bound_access_tokens'] === true) metadata['dpop_bound_access_tokens'] = true
  const method = body['token_endpoint_auth_method']
  // RFC 7591 §2: absent means client_secret_basic, which is the engine's default.
  if (isText(method)) metadata['token_endpoint_auth_method'] = parseAuthMethod(method)
  if (method === 'private_key_jwt') Object.assign(metadata, parseKeys(body))
  return asClientMetadata(metadata)
}

function parseAuthMethod(method: string): string {
  if (CLIENT_AUTH_METHODS.some((known) => known === method)) return method
  throw new errors.InvalidClientMetadata(
    `token_endpoint_auth_method must be one of ${CLIENT_AUTH_METHODS.join(', ')}`,
  )
}

/** RFC 7591 §2: a client has either `jwks_uri` or `jwks`, never both. */
function parseKeys(body: Members): Record<string, unknown> {
  const given = { jwks: body['jwks'] ?? undefined, jwksUri: body['jwks_uri'] || undefined }
  if ((given.jwks === undefined) === (given.jwksUri === undefined)) {
    throw new errors.InvalidClientMetadata(
      'token_endpoint_auth_method private_key_jwt needs either jwks or jwks_uri',
    )
  }
  const alg = body['token_endpoint_auth_signing_alg']
  if (isText(alg) && !ASSERTION_ALGS.some((known) => known === alg)) {
    throw new errors.InvalidClientMetadata(
      `token_endpoint_auth_signing_alg must be one of ${ASSERTION_ALGS.join(', ')}`,
    )
  }
  const signing = isText(alg) ? { token_endpoint_auth_signing_alg: alg } : {}
  const { jwksUri } = given
  if (jwksUri !== undefined) {
    if (isUrlOf(['https:'], jwksUri)) return { ...signing, jwks_uri: jwksUri }
    throw new errors.InvalidClientMetadata(
      `jwks_uri must be an https URL of at most ${MAX_URL_LENGTH} characters`,
    )
  }
  const jwks = parseKeySet(given.jwks)
  if (jwks && jwks.keys.length > 0) return { ...signing, jwks }
  throw new errors.InvalidClientMetadata(
    `jwks must hold at least one public signing key: ${ACCEPTED_KEYS}`,
  )
}

/**
 * The acceptable redirect URIs, at least one, and the application type that follows from them. The type that
 * the client sends is ignored: the engine accepts varying loopback ports and private-use schemes only for
 * `native`, and clients that need those often send `web` or no type (docs/clients.md).
 */
function parseRedirectUris(value: unknown, policy: RedirectPolicy) {
  const given = new Set([value].flat().filter(isText))
  if (given.size > MAX_REDIRECT_URIS) {
    throw new errors.InvalidClientMetadata(
      `redirect_uris must hold at most ${MAX_REDIRECT_URIS} URIs`,
    )
  }
  const acceptable = [...given].filter(
    (uri) => uri.length <= MAX_URL_LENGTH && policy.findTarget(uri),
  )
  if (acceptable.length === 0) {
    throw new errors.InvalidClientMetadata(
      'redirect_uris must hold at least one https URI, loopback http URI (http://127.0.0.1/…, http://localhost/…) or private-use URI that this server lists, and not at the origin of this server',
    )
  }
  const isNative = acceptable.some((uri) => !/^https:/i.test(uri))
  // The engine rejects a native client with an https URI on a loopback host, so such a URI is dropped. At
  // least one other URI remains, since it is the one that makes the client native.
  const isUsable = (uri: string) =>
    !/^https:/i.test(uri) || policy.findTarget(uri)?.kind === 'https'
  return {
    redirect_uris: isNative ? acceptable.filter(isUsable) : acceptable,
    application_type: isNative ? 'native' : 'web',
  }
}

/**
 * OpenID Connect RP-Initiated Logout 1.0 §3.1. Addresses that the client may not use are dropped: it signs people in as well
 * without them.
 */
function parsePostLogoutUris(
  value: unknown,
  { application_type: type }: { readonly application_type: string },
  policy: RedirectPolicy,
): string[] {
  const isUsable = (uri: string) => {
    const kind = uri.length <= MAX_URL_LENGTH ? policy.findTarget(uri)?.kind : undefined
    if (kind === 'private-use') return type === 'native'
    // As for redirect URIs: the engine knows no https on a loopback host.
    return kind === 'https' || (kind === 'loopback' && !/^https:/i.test(uri))
  }
  return [...new Set([value].flat().filter(isText))].filter(isUsable).slice(0, MAX_REDIRECT_URIS)
}

/** The metadata of a client that the configuration file lists. */
export function toClientMetadata(client: ClientConfig, policy: RedirectPolicy): ClientMetadata {
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
