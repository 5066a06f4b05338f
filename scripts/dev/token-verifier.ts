import { OAuthError, OAuthErrorCode, type OAuthTokenVerifier } from '@modelcontextprotocol/server'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

/**
 * Verifies access tokens. It needs only the public keys of the authorization server. `audience` is the
 * resource URI of this MCP server: a token for another one is rejected.
 */
export function createTokenVerifier(options: {
  issuer: string
  audience: string
}): OAuthTokenVerifier {
  const { issuer, audience } = options
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  return {
    async verifyAccessToken(token) {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: ['RS256', 'ES256'],
        requiredClaims: ['sub', 'client_id', 'exp', 'iat'],
      }).catch((error: unknown) => {
        throw isTokenFault(error) ? invalidToken('The access token is not valid') : error
      })
      // RFC 9449 §7.2: the token is bound to a key, and this server does not check proofs.
      if (payload['cnf'] !== undefined) {
        throw invalidToken('The access token is bound to a key')
      }
      return {
        token,
        clientId: String(payload['client_id']),
        scopes: String(payload['scope'] ?? '')
          .split(' ')
          .filter(Boolean),
        ...(payload.exp !== undefined && { expiresAt: payload.exp }),
        resource: new URL(audience),
        extra: { sub: payload.sub },
      }
    },
  }
}

const invalidToken = (message: string) => new OAuthError(OAuthErrorCode.InvalidToken, message)

// If the keys cannot be fetched, this server is at fault (500). A 401 would make the client request a new
// token, which cannot be verified either.
const keyFaults = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'])

function isTokenFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !keyFaults.has(error.code)
}
