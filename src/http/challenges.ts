// WWW-Authenticate (RFC 9110 §11.6.1) for the faults that call for one.
import type { AppError } from '../errors.ts'
import { DPOP_ALGS } from '../provider/tokens/dpop-proofs.ts'

/** Bearer: RFC 6750 §3, which forbids an error code if the request has no token. Basic: RFC 6749 §5.2. */
export function formatChallenge({ challenge, code, error, description }: AppError): string {
  if (challenge === 'Basic') return 'Basic realm="introspection"'
  const dpop = `DPoP algs="${DPOP_ALGS.join(' ')}"`
  if (code === 'token_missing') return `Bearer, ${dpop}`
  if (challenge === 'DPoP') return `${dpop}, error="${error}", error_description="${description}"`
  const scope = code === 'insufficient_scope' ? ', scope="openid"' : ''
  return `Bearer error="${error}", error_description="${description}"${scope}`
}
