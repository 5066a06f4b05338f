// The private keys that sign tokens: how they are generated, and their public halves.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

export type SigningAlg = 'RS256' | 'ES256'

export const SIGNING_ALGS: readonly SigningAlg[] = ['RS256', 'ES256']

/** New private keys as a JWK Set, one per algorithm; `kid` is the RFC 7638 thumbprint. */
export async function generateSigningKeys(
  algs: readonly SigningAlg[] = SIGNING_ALGS,
): Promise<{ keys: JWK[] }> {
  return { keys: await Promise.all(algs.map(generateSigningKey)) }
}

async function generateSigningKey(alg: SigningAlg): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  const jwk = await exportJWK(privateKey)
  return { kid: await calculateJwkThumbprint(jwk), use: 'sig', alg, ...jwk }
}

/** The public half of a JWK Set, as `/jwks` serves it. Only the members named here are published. */
export function publicKeys(jwks: { readonly keys: readonly JWK[] }): { keys: JWK[] } {
  return {
    keys: jwks.keys.map(({ kty, kid, alg, n, e, crv, x, y }) =>
      JSON.parse(JSON.stringify({ kty, use: 'sig', kid, alg, n, e, crv, x, y })),
    ),
  }
}
