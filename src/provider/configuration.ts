// Settings and domain → the engine's Configuration. Pure; one key, one line, and why beside it.
import type { Adapter, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../config/load.ts'
import type { CookieMacs } from '../crypto/cookie-macs.ts'
import type { AccessPolicy, AccessRefusal } from '../domain/access/access-policy.ts'
import type { ReleasedClaims } from '../domain/access/released-claims.ts'
import type { Accounts } from '../domain/account.ts'
import type { Consents } from '../domain/consent.ts'
import type { ResourceServers } from '../domain/resource-server.ts'
import type { UpstreamTokenService } from '../domain/upstream-tokens/create-upstream-tokens.ts'
import { pathOfIssuer } from '../oauth/issuer.ts'
import { ASSERTION_ALGS } from '../oauth/key-set.ts'
import type { RedirectPolicy } from '../oauth/redirect-uri.ts'
import { OIDC_SCOPES } from '../oauth/scopes.ts'
import type { GrantListStore } from '../records/access/grant-list-store.ts'
import type { AccountLookup } from './adapters/account-lookup.ts'
import { ACCOUNT_CHOICE } from './authorization/canonical-request.ts'
import { createGrantLoader } from './authorization/grant.ts'
import { createInteractionPolicy } from './authorization/interaction-policy.ts'
import { createAccountFinder } from './authorization/signed-in-account.ts'
import { CLIENT_AUTH_METHODS, createAssertionCheck } from './clients/client-authentication.ts'
import { POST_LOGOUT_REDIRECT_URIS } from './clients/registration.ts'
import { createRegistrationFeatures } from './clients/registration-features.ts'
import type { RevalidateAccount } from './tokens/account-revalidation.ts'
import { DPOP_ALGS } from './tokens/dpop-proofs.ts'
import { createResourceIndicators } from './tokens/resource-indicators.ts'
import type { TokenIssuance } from './tokens/token-issuance.ts'
import type { createTokenPolicy } from './tokens/token-policy.ts'

export type RenderError = NonNullable<Configuration['renderError']>

export function createConfiguration(options: {
  config: Config
  adapter: (model: string) => Adapter
  accounts: Pick<Accounts, 'renew' | 'noteUnlistedGrants'>
  grantLists: Pick<GrantListStore, 'open'>
  upstreamTokens: Pick<UpstreamTokenService, 'mayContinue'>
  accountLookup: Pick<AccountLookup, 'find'>
  consents: Consents
  cookieMacs: CookieMacs
  redirectPolicy: RedirectPolicy
  servers: ResourceServers
  renderError: RenderError
  routes: NonNullable<Configuration['routes']>
  /** The path of an interaction's page, without the issuer's. */
  interactionPath: (uid: string) => string
  /** An interaction begins in the browser of `ctx`. */
  onInteraction: (ctx: KoaContextWithOIDC, uid: string) => void
  policy: ReturnType<typeof createTokenPolicy>
  issuance: TokenIssuance
  accessPolicy: AccessPolicy
  releasedClaims: ReleasedClaims
  onAccessRefused: (ctx: KoaContextWithOIDC, refusal: AccessRefusal) => void
  revalidate: RevalidateAccount
  now: () => number
}): Configuration {
  const { config, redirectPolicy, servers, policy, issuance } = options
  const isHttps = config.issuer.startsWith('https:')
  return {
    adapter: options.adapter,
    claims: Object.fromEntries(
      Object.entries(options.releasedClaims.byScope).map(([k, v]) => [k, [...v]]),
    ),
    assertJwtClientAuthClaimsAndHeader: createAssertionCheck(options),
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    cookies: {
      keys: options.cookieMacs, // http/app.ts has the same
      // The prefixes bind a cookie to https and to this host; browsers reject them over http.
      names: {
        session: `${isHttps ? '__Host-' : ''}mcp_oidc_session`,
        interaction: `${isHttps ? '__Secure-' : ''}mcp_oidc_interaction`,
        resume: `${isHttps ? '__Secure-' : ''}mcp_oidc_resume`,
      },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGS],
      dPoPSigningAlgValues: [...DPOP_ALGS],
      idTokenSigningAlgValues: ['RS256'], // which every relying party can verify
    },
    expiresWithSession: () => false, // signing out of a browser must not cut off a client
    // For http/endpoints/account/logout.ts; src/provider/clients/registration.ts checks them.
    extraClientMetadata: { properties: [POST_LOGOUT_REDIRECT_URIS] },
    extraParams: { [ACCOUNT_CHOICE]: null },
    extraTokenClaims: (ctx, token) => issuance.complete(ctx, token),
    // clients/client-adapter.ts brings documents and keys along, fetched through outbound/guarded-fetch.ts.
    fetch: async () => {
      throw new Error('the engine fetches nothing itself')
    },
    features: {
      // Off: it has no shared cache, and turns every problem into invalid_client.
      clientIdMetadataDocument: { enabled: false },
      devInteractions: { enabled: false },
      // Nonces are accepted and offered but not required, because `iat` and `jti` prove as much. They are ours
      // (crypto/dpop-nonces.ts), because the engine's depend on a single secret.
      dPoP: { enabled: true },
      introspection: { enabled: false }, // ours accepts JWTs: http/endpoints/introspection.ts
      pushedAuthorizationRequests: { enabled: true }, // RFC 9126; optional
      ...createRegistrationFeatures({ registration: config.registration, redirectPolicy }),
      resourceIndicators: createResourceIndicators({
        servers,
        issuance,
        accessTokenAlg: config.accessTokenAlg,
      }),
      revocation: {
        enabled: true,
        // RFC 7009 §2.1: a client revokes its own tokens; those of others look unknown to it.
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      // Ours (http/endpoints/account/logout.ts) keeps no state, runs no script, and never ends a grant.
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false }, // ours accepts JWTs: http/endpoints/userinfo.ts
    },
    findAccount: createAccountFinder(options),
    interactions: {
      policy: createInteractionPolicy(),
      url: (ctx, { uid }) => {
        options.onInteraction(ctx, uid)
        // With the issuer's path, because the engine derives a cookie's path from it.
        return pathOfIssuer(config.issuer) + options.interactionPath(uid)
      },
    },
    issueRefreshToken: policy.issueRefreshToken,
    jwks: config.jwks,
    loadExistingGrant: createGrantLoader(options),
    pkce: { required: () => true }, // OAuth 2.1 §7.5.2, for confidential clients too
    renderError: options.renderError,
    responseTypes: ['code'],
    revokeGrantPolicy: () => true, // RFC 7009 §2.1: revoking an access token ends its refresh tokens too
    rotateRefreshToken: policy.rotateRefreshToken,
    routes: options.routes,
    scopes: [...OIDC_SCOPES],
    ttl: policy.ttl,
  }
}
