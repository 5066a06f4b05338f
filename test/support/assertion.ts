// Client assertions (RFC 7523) and the keys behind them.
import { generateKeyPair as generateKeyPairOfNode, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
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

/**
 * @param options.kid the key's id, by default its thumbprint; null: the key and its assertions name none
 * @param options.publicExponent of an RSA key, instead of 65537
 */
export async function createAssertionKey(
  alg = 'RS256',
  options: { kid?: string | null; publicExponent?: number } = {},
): Promise<AssertionKey> {
  const { publicExponent } = options
  const pair =
    publicExponent === undefined
      ? await generateKeyPair(alg, { extractable: true })
      : await promisify(generateKeyPairOfNode)('rsa', { modulusLength: 2048, publicExponent })
  const jwk = await exportJWK(pair.publicKey)
  const { kid = await calculateJwkThumbprint(jwk) } = options
  const id = kid === null ? {} : { kid }
  return {
    publicKey: { ...jwk, ...id, alg, use: 'sig' },
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
      const signer = new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg, ...id })
      return {
        client_assertion: await signer.sign(pair.privateKey),
        client_assertion_type: ASSERTION_TYPE,
      }
    },
  }
}
