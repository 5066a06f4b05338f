// The parameters of the upstream's redirect back to us. A browser carries them, so they may be garbage that the
// upstream never sent. They are checked before the token endpoint is asked: openid-client checks them too, but reports
// them like faults of the upstream.
import type { ServerMetadata } from 'openid-client'
import { AppError } from '../errors.ts'
import { isIssuer } from './issuer-template.ts'

const READ = ['state', 'iss', 'code', 'error']
/** Of response types and modes that we do not ask for. */
const UNREQUESTED = ['response', 'id_token', 'token']

/** @throws AppError invalid_callback */
export function checkAuthorizationResponse(
  parameters: URLSearchParams,
  state: string,
  server: Pick<ServerMetadata, 'issuer' | 'authorization_response_iss_parameter_supported'>,
): void {
  // RFC 6749 §3.1
  if (READ.some((name) => parameters.getAll(name).length > 1)) {
    throw invalidCallback('A parameter occurs more than once.')
  }
  if (UNREQUESTED.some((name) => parameters.has(name))) {
    throw invalidCallback('It is of a response type that this server did not ask for.')
  }
  // RFC 9207 §2.4
  const iss = parameters.get('iss')
  const mustHaveIssuer = server.authorization_response_iss_parameter_supported === true
  if (iss ? !isIssuer(server, iss) : mustHaveIssuer) {
    throw invalidCallback('Its iss is not the issuer of the sign-in service.')
  }
  // RFC 6749 §4.1.2
  if (parameters.get('state') !== state) throw invalidCallback('Its state is not the one sent.')
  if (!parameters.get('code') && !parameters.get('error')) {
    throw invalidCallback('It has neither a code nor an error.')
  }
}

function invalidCallback(detail: string): AppError {
  return new AppError('invalid_callback', { detail })
}
