// How long tokens live, when refresh tokens rotate, and what access tokens carry beyond RFC 9068.
import { type AccessToken, type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import { referToGrant } from '../../records/grant-store.ts'

/** The claim that names the token's grant, so that /userinfo and /introspect know when it was revoked. */
export const GRANT_REFERENCE_CLAIM = 'grant_ref'

export function createTokenPolicy({
  lifetimes,
  rotateConfidentialRefreshTokens,
}: Pick<Config, 'lifetimes' | 'rotateConfidentialRefreshTokens'>) {
  return {
    ttl: {
      AccessToken: (_ctx: KoaContextWithOIDC, token: AccessToken) =>
        token.resourceServer?.accessTokenTTL ?? lifetimes.accessTokenSeconds,
      AuthorizationCode: lifetimes.authorizationCodeSeconds,
      // As long as any of its refresh tokens can live, because a refresh does not save it again.
      Grant: lifetimes.refreshMaxLifetimeSeconds,
      IdToken: lifetimes.idTokenSeconds,
      Interaction: lifetimes.interactionSeconds,
      RegistrationAccessToken: lifetimes.clientSeconds,
      // The engine's value; the family keeps its own, sliding lifetime (records/refresh-family.ts).
      RefreshToken: lifetimes.refreshTokenSeconds,
      Session: lifetimes.sessionSeconds,
    },

    // Whether or not the client asked for offline_access: without a refresh token it would sign people out
    // every few minutes.
    issueRefreshToken: (_ctx: KoaContextWithOIDC, client: Client) =>
      client.grantTypeAllowed('refresh_token'),

    // Every refresh goes through the family; `rotates` decides whether the token changes. The engine checks
    // `resource` later, and a rejected request must not spend the token.
    rotateRefreshToken({ oidc }: KoaContextWithOIDC) {
      const resource = oidc.params?.['resource']
      const granted = oidc.entities.RefreshToken?.resourceIndicators
      const isGranted = typeof resource === 'string' && granted?.has(resource) === true
      if (resource !== undefined && !isGranted) throw new errors.InvalidTarget()
      return true
    },

    // OAuth 2.1 §4.3.1: public clients always rotate. The engine's default stops after a year.
    rotates: ({ oidc }: KoaContextWithOIDC) =>
      rotateConfidentialRefreshTokens || oidc.client?.clientAuthMethod === 'none',

    extraTokenClaims: (_ctx: KoaContextWithOIDC, token: object) =>
      'grantId' in token && typeof token.grantId === 'string'
        ? { [GRANT_REFERENCE_CLAIM]: referToGrant(token.grantId) }
        : undefined,
  }
}
