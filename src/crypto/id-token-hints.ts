// ID tokens of ours that come back as a hint (OpenID Connect RP-Initiated Logout 1.0 §2).
import { compactVerify, createLocalJWKSet, errors, type JWK } from 'jose'
import { publicKeys } from './signing-keys.ts'

export interface IdTokenHints {
  /** The client that this ID token was issued to, expired or not. Undefined: it is not one of ours. */
  findAudience(token: string): Promise<string | undefined>
}

export function createIdTokenHints(options: {
  issuer: string
  jwks: { readonly keys: readonly JWK[] }
}): IdTokenHints {
  const keys = createLocalJWKSet(publicKeys(options.jwks))
  return {
    async findAudience(token) {
      try {
        const { payload, protectedHeader } = await compactVerify(token, keys, {
          algorithms: ['RS256'],
        })
        // RFC 9068 §4: an access token is none, though the same key may have signed it.
        if (protectedHeader.typ !== undefined && protectedHeader.typ !== 'JWT') return undefined
        const { iss, aud } = JSON.parse(Buffer.from(payload).toString()) ?? {}
        return iss === options.issuer && typeof aud === 'string' ? aud : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined
        throw error
      }
    },
  }
}
