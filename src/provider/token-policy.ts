// How long tokens live, when refresh tokens rotate, and what an access token says beside RFC 9068.
import type { AccessToken, Client, KoaContextWithOIDC, RefreshToken } from 'oidc-provider'
import type { Lifetimes } from '../config/file-schema.ts'
import { hashId } from '../storage/key-names.ts'

/** The claim by which an access token names its grant, so that we know when that was revoked. */
export const GRANT_REFERENCE_CLAIM = 'grant_ref'

const HALF = 50

export function createTokenPolicy({ lifetimes }: { lifetimes: Lifetimes }) {
  return {
    ttl: {
      AccessToken: (_ctx: KoaContextWithOIDC, token: AccessToken) =>
        token.resourceServer?.accessTokenTTL ?? lifetimes.accessTokenSeconds,
      AuthorizationCode: lifetimes.authorizationCodeSeconds,
      // As long as any refresh token of it can live: refreshing never saves it again.
      Grant: lifetimes.refreshMaxLifetimeSeconds,
      IdToken: lifetimes.idTokenSeconds,
      Interaction: lifetimes.interactionSeconds,
      // Slides with each rotation, up to the absolute cap of its chain.
      RefreshToken: (_ctx: KoaContextWithOIDC, token: RefreshToken) =>
        Math.max(
          1,
          Math.min(
            lifetimes.refreshTokenSeconds,
            lifetimes.refreshMaxLifetimeSeconds - token.totalLifetime(),
          ),
        ),
      Session: lifetimes.sessionSeconds,
    },

    // With the grant type, whether or not offline_access was asked: clients that get none sign people
    // out every few minutes.
    issueRefreshToken: (_ctx: KoaContextWithOIDC, client: Client) =>
      client.grantTypeAllowed('refresh_token'),

    // OAuth 2.1 §4.3.1: public clients always, for ever (the engine's default stops after a year).
    // Confidential ones past half of the lifetime, so that it slides.
    rotateRefreshToken: ({ oidc }: KoaContextWithOIDC) =>
      oidc.client?.clientAuthMethod === 'none' ||
      (oidc.entities.RefreshToken?.ttlPercentagePassed() ?? 100) >= HALF,

    extraTokenClaims: (_ctx: KoaContextWithOIDC, token: object) =>
      'grantId' in token && typeof token.grantId === 'string'
        ? { [GRANT_REFERENCE_CLAIM]: hashId(token.grantId) }
        : undefined,
  }
}
