// Client assertions (RFC 7523) and the keys behind them.
import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface AssertionKey {
  readonly publicKey: JWK
  /** A new, valid assertion. `claims` override its claims; undefined omits one. */
  sign(
    clientId: string,
    audience: string,
    claims?: Readonly<Record<string, unknown>>,
  ): Promise<{ client_assertion: string; client_assertion_type: string }>
}

export async function createAssertionKey(alg = 'RS256'): Promise<AssertionKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(jwk)
  return {
    publicKey: { ...jwk, kid, alg, use: 'sig' },
    async sign(clientId, audience, claims = {}) {
      const nowSeconds = Math.floor(Date.now() / 1000)
      const all: Record<string, unknown> = {
        iss: clientId,
        sub: clientId,
        aud: audience,
        jti: randomBytes(12).toString('base64url'),
        iat: nowSeconds,
        exp: nowSeconds + 300,
        ...claims,
      }
      const signer = new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg, kid })
      return {
        client_assertion: await signer.sign(pair.privateKey),
        client_assertion_type: ASSERTION_TYPE,
      }
    },
  }
}
