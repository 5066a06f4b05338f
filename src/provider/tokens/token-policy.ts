// How long tokens live, and when refresh tokens are issued and rotate. token-issuance.ts decides which tokens are issued.
import type { AccessToken, Client, KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'

/**
 * Whether or not the client asks for offline_access: without a refresh token it would sign people out every few
 * minutes. The consent page says so.
 */
export function getsRefreshToken(client: Client): boolean {
  return client.grantTypeAllowed('refresh_token')
}

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

    issueRefreshToken: (_ctx: KoaContextWithOIDC, client: Client) => getsRefreshToken(client),

    // Every refresh goes through the family; `rotates` decides whether the token changes.
    rotateRefreshToken: () => true,

    // OAuth 2.1 §4.3.1: public clients always rotate. The engine's default stops after a year.
    rotates: ({ oidc }: KoaContextWithOIDC) =>
      rotateConfidentialRefreshTokens || oidc.client?.clientAuthMethod === 'none',
  }
}
