// Parses the operator's private signing keys. crypto/signing-keys.ts generates them.
import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'

const jwk = z.looseObject({
  kty: z.enum(['RSA', 'EC']),
  kid: z.string().min(1),
  d: z.string().min(1),
  alg: z.enum(['RS256', 'ES256']),
})

/** Whether the key is complete and fits its `alg`. The engine would reject it only later. */
function isSigningKey(key: z.infer<typeof jwk>): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey({ key, format: 'jwk' })
    if (key.alg === 'ES256') return asymmetricKeyDetails?.namedCurve === 'prime256v1'
    // RFC 7518 §3.3: 2048 bits at least.
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch {
    return false
  }
}

/** The value of JWKS; faults go to `context`. */
export function parseJwks(
  value: string,
  context: z.RefinementCtx,
): { keys: z.infer<typeof jwk>[] } {
  let document: unknown
  try {
    document = JSON.parse(value)
  } catch {
    document = undefined
  }
  const parsed = z.object({ keys: z.array(jwk.refine(isSigningKey)).min(1) }).safeParse(document)
  if (!parsed.success) {
    context.addIssue(
      'must be a JWK Set of private RS256 and ES256 keys, each with kid and alg: create one with `npm run -s keygen`',
    )
    return z.NEVER
  }
  if (!parsed.data.keys.some((key) => key.alg === 'RS256')) {
    context.addIssue(
      'must contain an RS256 key to sign ID tokens: create one with `npm run -s keygen`',
    )
  }
  if (new Set(parsed.data.keys.map((key) => key.kid)).size !== parsed.data.keys.length) {
    context.addIssue('must not contain two keys with the same kid')
  }
  return parsed.data
}
