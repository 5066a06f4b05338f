// DPoP proofs (RFC 9449) and the keys behind them.
import { createHash, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface DpopKey {
  readonly thumbprint: string
  /** A new, valid proof. `claims` override its claims; undefined omits one. */
  prove(
    method: string,
    url: string,
    options?: { accessToken?: unknown; claims?: Readonly<Record<string, unknown>>; typ?: string },
  ): Promise<string>
}

export async function createDpopKey(alg = 'ES256'): Promise<DpopKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(pair.publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove(method, url, { accessToken, claims = {}, typ = 'dpop+jwt' } = {}) {
      const ath = createHash('sha256').update(String(accessToken)).digest('base64url')
      const all = {
        jti: randomBytes(12).toString('base64url'),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ...(accessToken === undefined ? {} : { ath }),
        ...claims,
      }
      return new SignJWT(JSON.parse(JSON.stringify(all)))
        .setProtectedHeader({ alg, typ, jwk })
        .sign(pair.privateKey)
    },
  }
}
