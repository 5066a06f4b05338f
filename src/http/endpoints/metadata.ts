// The discovery document (the same for RFC 8414 and OpenID Connect Discovery 1.0) and the JWK Set. Both are
// built once and served as bytes with an ETag.
import { hash } from 'node:crypto'
import type { Middleware } from 'koa'
import type { Config } from '../../config/load.ts'
import { publicKeys } from '../../crypto/signing-keys.ts'
import type { ReleasedClaims } from '../../domain/access/released-claims.ts'
import { REVOCATION_TYPE } from '../../domain/access/upstream-events.ts'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { ASSERTION_ALGS } from '../../oauth/key-set.ts'
import { OIDC_SCOPES } from '../../oauth/scopes.ts'
import type { Capabilities } from '../../provider/internals.ts'
import { DPOP_ALGS } from '../../provider/tokens/dpop-proofs.ts'
import type { ReadyResponse } from '../ready-responses.ts'
import { requestState } from '../request-state.ts'
import { ROUTES, type Route } from '../routes.ts'
import { INTROSPECTION_AUTH_METHODS } from './introspection.ts'

const MAX_AGE_SECONDS = 300

function createDiscoveryDocument(options: {
  issuer: string
  servers: ResourceServers
  acceptsDocuments: boolean
  acceptsRegistrations: boolean
  acceptsRevocations: boolean
  advertisesIss: boolean
  /** Never written by hand: a grant type that is on is advertised. */
  capabilities: Capabilities
  releasedClaims: Pick<ReleasedClaims, 'byScope'>
}): Record<string, unknown> {
  const {
    issuer,
    servers,
    acceptsDocuments,
    acceptsRegistrations,
    acceptsRevocations,
    advertisesIss,
    capabilities,
    releasedClaims,
  } = options
  // Clients may request all of these scopes at once, so only those of resource servers are added.
  const resourceScopes = servers.all.flatMap((server) => Object.keys(server.scopes))
  return {
    issuer,
    authorization_endpoint: issuer + ROUTES.authorization.path,
    token_endpoint: issuer + ROUTES.token.path,
    pushed_authorization_request_endpoint: issuer + ROUTES.pushedAuthorizationRequest.path,
    jwks_uri: issuer + ROUTES.jwks.path,
    ...(acceptsRegistrations ? { registration_endpoint: issuer + ROUTES.registration.path } : {}),
    revocation_endpoint: issuer + ROUTES.revocation.path,
    introspection_endpoint: issuer + ROUTES.introspection.path,
    end_session_endpoint: issuer + ROUTES.logout.path,
    userinfo_endpoint: issuer + ROUTES.userinfo.path,
    ...(acceptsRevocations
      ? {
          global_token_revocation_endpoint: issuer + ROUTES.globalTokenRevocation.path,
          // As Auth0 has it: the typ of the JWT.
          global_token_revocation_endpoint_auth_methods_supported: [REVOCATION_TYPE],
        }
      : {}),
    scopes_supported: [...new Set([...OIDC_SCOPES, ...resourceScopes])],
    response_types_supported: capabilities.responseTypes,
    response_modes_supported: capabilities.responseModes,
    grant_types_supported: capabilities.grantTypes,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: capabilities.clientAuthMethods,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    revocation_endpoint_auth_methods_supported: capabilities.clientAuthMethods,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    introspection_endpoint_auth_methods_supported: INTROSPECTION_AUTH_METHODS,
    ...(acceptsDocuments ? { client_id_metadata_document_supported: true } : {}),
    ...(advertisesIss ? { authorization_response_iss_parameter_supported: true } : {}),
    subject_types_supported: capabilities.subjectTypes,
    id_token_signing_alg_values_supported: capabilities.idTokenSigningAlgs,
    dpop_signing_alg_values_supported: DPOP_ALGS,
    claim_types_supported: ['normal'],
    claims_supported: [
      ...new Set([...Object.values(releasedClaims.byScope).flat(), 'auth_time', 'iss', 'sid']),
    ],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}

export type ReadyDocument = Pick<ReadyResponse, 'route' | 'headers' | 'text'>

export function createReadyDocuments(options: {
  config: Pick<
    Config,
    | 'issuer'
    | 'jwks'
    | 'clientDocuments'
    | 'registration'
    | 'advertiseIssParameter'
    | 'upstreamEvents'
  >
  servers: ResourceServers
  capabilities: Capabilities
  releasedClaims: Pick<ReleasedClaims, 'byScope'>
}): readonly ReadyDocument[] {
  const { config, servers, capabilities, releasedClaims } = options
  const discovery = createDiscoveryDocument({
    issuer: config.issuer,
    servers,
    acceptsDocuments: config.clientDocuments.enabled,
    acceptsRegistrations: config.registration.mode !== 'off',
    acceptsRevocations: config.upstreamEvents.globalTokenRevocation.enabled,
    advertisesIss: config.advertiseIssParameter,
    capabilities,
    releasedClaims,
  })
  return [
    encode(ROUTES.oauthMetadata, discovery, 'application/json'),
    encode(ROUTES.openidMetadata, discovery, 'application/json'),
    encode(ROUTES.jwks, publicKeys(config.jwks), 'application/jwk-set+json'),
  ]
}

export function metadata(documents: readonly ReadyDocument[]): Middleware {
  const byRoute = new Map(documents.map((document) => [document.route, document]))
  return async function serveMetadata(ctx, next) {
    // Matched by route, not by path, so that no spelling of the path reaches the engine's own documents.
    const { route } = requestState(ctx)
    const document = route && byRoute.get(route)
    if (!document || !['GET', 'HEAD'].includes(ctx.method)) return next()
    ctx.status = 200
    ctx.set(document.headers)
    if (ctx.fresh) ctx.status = 304
    else ctx.body = document.text
    return undefined
  }
}

function encode(route: Route, document: unknown, type: string): ReadyDocument {
  const text = JSON.stringify(document)
  const headers = {
    'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': String(Buffer.byteLength(text)),
    ETag: `"${hash('sha256', text, 'base64url').slice(0, 22)}"`,
  }
  return { route, text, headers }
}
