// The private key of private_key_jwt (OpenID Connect Core §9), as a JWK.
import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'

/** By type and curve; PS256 and the like only if the key names them. */
const DEFAULT_ALGS: Readonly<Record<string, string>> = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' }
const ALGS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

const jwk = z
  .looseObject({
    kty: z.enum(['RSA', 'EC', 'OKP']),
    d: z.string().min(1),
    kid: z.string().min(1).optional(),
    alg: z.enum(ALGS).optional(),
    /** The thumbprint of its certificate, which Entra ID wants in the assertion's header. */
    'x5t#S256': z.string().optional(),
    x5t: z.string().optional(),
  })
  .refine(isPrivateKey)
  .transform((key) => ({ ...key, alg: key.alg ?? DEFAULT_ALGS[key.kty] ?? 'RS256' }))

export type PrivateKey = z.infer<typeof jwk>

function isPrivateKey(key: { kty: string }): boolean {
  try {
    createPrivateKey({ key: { ...key }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** The value of UPSTREAM_PRIVATE_KEY; faults go to `context`. */
export function parsePrivateKey(value: string, context: z.RefinementCtx): PrivateKey {
  try {
    const parsed = jwk.safeParse(JSON.parse(value))
    if (parsed.success) return parsed.data
  } catch {
    // Invalid JSON gets the message below.
  }
  context.addIssue('must be a private JWK on one line: {"kty":"RSA","kid":…,"alg":"RS256",…,"d":…}')
  return z.NEVER
}
