// Our own access tokens, presented to /userinfo, /introspect and /revoke: the engine's handlers reject JWTs. Beyond what
// any resource server can check, this server knows whether the grant is still live.
import { createLocalJWKSet, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose'
import type { Config } from '../../config/load.ts'
import { publicKeys, SIGNING_ALGS } from '../../crypto/signing-keys.ts'
import { isGrantLive } from '../../domain/access/liveness.ts'
import type { Accounts } from '../../domain/account.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import type { StoredAccount, StoredGrant } from '../../records/record-values.ts'
import { GRANT_REFERENCE_CLAIM } from './token-issuance.ts'

export interface AccessTokens {
  /** A valid token of ours whose grant is live; undefined for any other token. */
  find(token: string): Promise<LiveAccessToken | undefined>
}

export interface LiveAccessToken {
  readonly claims: JWTPayload
  readonly grant: StoredGrant
  readonly account: StoredAccount
}

export function createAccessTokens(options: {
  config: Pick<Config, 'issuer' | 'jwks'>
  grants: Pick<GrantStore, 'findByReference'>
  accounts: Pick<Accounts, 'find'>
  now: () => number
}): AccessTokens {
  const { config, grants, accounts, now } = options
  const keys = createLocalJWKSet(publicKeys(config.jwks))

  async function verify(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: config.issuer,
        typ: 'at+jwt',
        algorithms: [...SIGNING_ALGS],
        requiredClaims: ['sub', 'aud', 'exp', 'client_id', GRANT_REFERENCE_CLAIM],
        currentDate: new Date(now()),
      })
      return payload
    } catch (error) {
      if (error instanceof joseErrors.JOSEError) return undefined
      throw error
    }
  }

  return {
    async find(token) {
      const claims = await verify(token)
      const reference = claims?.[GRANT_REFERENCE_CLAIM]
      if (claims?.sub === undefined || typeof reference !== 'string') return undefined
      const [grant, account] = await Promise.all([
        grants.findByReference(reference),
        accounts.find(claims.sub),
      ])
      return grant && account && isGrantLive(grant, account)
        ? { claims, grant, account }
        : undefined
    },
  }
}
