// Access tokens are JWTs, which nobody stores. The engine looks one up only at /revoke: a client that revokes its access token
// ends the whole grant, refresh tokens included (RFC 7009 §2.1).
import type { Adapter, KoaContextWithOIDC } from 'oidc-provider'
import type { RefreshFamilies } from '../../records/refresh-family.ts'
import { asEngineError } from '../engine-errors.ts'
import { requireText, toPayload } from '../internals.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { GRANT_REFERENCE_CLAIM } from '../tokens/token-issuance.ts'
import { createEmptyAdapter } from './record-adapter.ts'

export interface RevokedAccessTokens {
  readonly adapter: Adapter
  /** Keeps the JWT of a request to /revoke. @returns what stands for it: the engine refuses to look up a JWT */
  keep(ctx: KoaContextWithOIDC, jwt: string): string
}

const PLACEHOLDER = 'jwt'

export function createRevokedAccessTokens(options: {
  accessTokens: AccessTokens
  families: Pick<RefreshFamilies, 'removeOfGrant'>
  currentContext: () => KoaContextWithOIDC | undefined
}): RevokedAccessTokens {
  const { accessTokens, families, currentContext } = options
  const kept = new WeakMap<object, string>()
  /** The reference to the grant of the request's token. */
  const references = new WeakMap<object, string>()

  return {
    keep(ctx, jwt) {
      kept.set(ctx, jwt)
      return PLACEHOLDER
    },
    adapter: {
      ...createEmptyAdapter('AccessToken'),
      async find(value) {
        const ctx = currentContext()
        const jwt = ctx && kept.get(ctx)
        if (!ctx || jwt === undefined || value !== PLACEHOLDER) return undefined
        const found = await asEngineError(accessTokens.find(jwt))
        if (!found) return undefined
        const { claims, grant } = found
        references.set(ctx, requireText(claims[GRANT_REFERENCE_CLAIM], GRANT_REFERENCE_CLAIM))
        return toPayload({
          kind: 'AccessToken',
          jti: value,
          accountId: claims.sub,
          clientId: claims['client_id'],
          grantId: requireText(grant['jti'], 'id of a grant'),
          exp: claims.exp,
        })
      },
      /** The engine then revokes the grant. */
      async destroy() {
        const reference = references.get(currentContext() ?? {})
        if (reference !== undefined) await asEngineError(families.removeOfGrant(reference))
      },
    },
  }
}
