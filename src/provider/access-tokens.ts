// Our own access tokens, presented back to us (/userinfo, /introspect): the engine's handlers refuse
// JWTs. Beyond what any resource server can check, we know whether the grant still lives.
import { createLocalJWKSet, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose'
import type { Config } from '../config/load.ts'
import { publicKeys, SIGNING_ALGS } from '../crypto/signing-keys.ts'
import type { Records } from '../storage/records.ts'
import { GRANT_REFERENCE_CLAIM } from './token-policy.ts'

export interface AccessTokens {
  /** The claims of a token that is ours, in time, and of a living grant; undefined otherwise. */
  find(token: string): Promise<JWTPayload | undefined>
}

export function createAccessTokens(options: {
  config: Pick<Config, 'issuer' | 'jwks'>
  records: Pick<Records, 'isStored'>
  now: () => number
}): AccessTokens {
  const { config, records, now } = options
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
      if (typeof reference !== 'string') return undefined
      return (await records.isStored('Grant', reference)) ? claims : undefined
    },
  }
}
