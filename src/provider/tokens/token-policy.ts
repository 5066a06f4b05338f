// How long tokens live, when refresh tokens rotate, and what an access token says beside RFC 9068.
import { type AccessToken, type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import { referToGrant } from '../../records/grant-store.ts'

/** The claim by which an access token names its grant, so that we know when that was revoked. */
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
      // As long as any refresh token of it can live: refreshing never saves it again.
      Grant: lifetimes.refreshMaxLifetimeSeconds,
      IdToken: lifetimes.idTokenSeconds,
      Interaction: lifetimes.interactionSeconds,
      RegistrationAccessToken: lifetimes.clientSeconds,
      // What the engine would save; the family keeps its own, sliding time (records/refresh-family.ts).
      RefreshToken: lifetimes.refreshTokenSeconds,
      Session: lifetimes.sessionSeconds,
    },

    // With the grant type, whether or not offline_access was asked: clients that get none sign people
    // out every few minutes.
    issueRefreshToken: (_ctx: KoaContextWithOIDC, client: Client) =>
      client.grantTypeAllowed('refresh_token'),

    // Always traded in; whether the token changes by that is `rotates`. The engine looks at `resource`
    // after that, and a refused request must not spend the token.
    rotateRefreshToken({ oidc }: KoaContextWithOIDC) {
      const resource = oidc.params?.['resource']
      const granted = oidc.entities.RefreshToken?.resourceIndicators
      if (resource !== undefined && !granted?.has(String(resource)))
        throw new errors.InvalidTarget()
      return true
    },

    // OAuth 2.1 §4.3.1: public clients always, for ever (the engine's default stops after a year).
    rotates: ({ oidc }: KoaContextWithOIDC) =>
      rotateConfidentialRefreshTokens || oidc.client?.clientAuthMethod === 'none',

    extraTokenClaims: (_ctx: KoaContextWithOIDC, token: object) =>
      'grantId' in token && typeof token.grantId === 'string'
        ? { [GRANT_REFERENCE_CLAIM]: referToGrant(token.grantId) }
        : undefined,
  }
}
