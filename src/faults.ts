// The public words of each fault that we raise ourselves. They are constant for each code and contain
// nothing of the request. errors.ts turns a code into an error.

export interface Fault {
  readonly status: number
  /** RFC 6749 error code, for clients. */
  readonly error: string
  /** A public sentence, in English. Pages have words of their own: http/views/problems. */
  readonly description: string
  /** The scheme of the response's WWW-Authenticate header. */
  readonly challenge?: 'Basic' | 'Bearer' | 'DPoP'
}

const dpop = {
  status: 401,
  challenge: 'DPoP',
} as const

export const FAULTS = {
  store_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server cannot reach its storage at the moment. Nothing is lost.',
  },
  overdue: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server took too long to answer. Nothing is lost.',
  },
  overloaded: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server has too many requests at the moment. Nothing is lost.',
  },
  upstream_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The sign-in service cannot be reached at the moment.',
  },
  upstream_denied: {
    status: 403,
    error: 'access_denied',
    description: 'The sign-in was cancelled, or the sign-in service refused it.',
  },
  account_disabled: {
    status: 403,
    error: 'access_denied',
    description: 'Your account is disabled on this server.',
  },
  upstream_account_refused: {
    status: 403,
    error: 'access_denied',
    description: 'This account belongs to an organisation whose people may not sign in here.',
  },
  upstream_failed: {
    status: 502,
    error: 'server_error',
    description: 'The sign-in service sent a response that this server cannot accept.',
  },
  upstream_grant_ended: {
    status: 403,
    error: 'invalid_grant',
    description: 'The sign-in service has ended this sign-in.',
  },
  invalid_callback: {
    status: 400,
    error: 'invalid_request',
    description: 'The response of the sign-in service is incomplete, or was changed on its way.',
  },
  login_not_fresh: {
    status: 403,
    error: 'login_required',
    description:
      'The client requires a new sign-in, and the sign-in service did not confirm that one took place.',
  },
  interaction_expired: {
    status: 400,
    error: 'invalid_request',
    description: 'This sign-in has expired, was already finished, or belongs to another browser.',
  },
  login_attempt_foreign: {
    status: 400,
    error: 'invalid_request',
    description:
      'This sign-in was already finished, was started in another browser, or its cookie is missing.',
  },
  login_attempt_spent: {
    status: 400,
    error: 'invalid_request',
    description: 'This sign-in was already finished, or took too long.',
  },
  form_expired: {
    status: 403,
    error: 'invalid_request',
    description:
      'This form is no longer valid: you signed in or out since the page was opened, or another site sent it.',
  },
  csrf_mismatch: {
    status: 403,
    error: 'invalid_request',
    description: 'This answer did not come from the page that this server showed.',
  },
  token_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'An access token is required in the Authorization header.',
    challenge: 'Bearer',
  },
  invalid_token: {
    status: 401,
    error: 'invalid_token',
    description: 'The access token has expired, was revoked, or was not issued by this server.',
    challenge: 'Bearer',
  },
  dpop_required: {
    ...dpop,
    error: 'invalid_token',
    description: 'The access token is bound to a key and requires a DPoP proof.',
  },
  invalid_dpop_proof: {
    ...dpop,
    error: 'invalid_dpop_proof',
    description: 'The DPoP proof is not valid for this request, or was used before.',
  },
  use_dpop_nonce: {
    ...dpop,
    error: 'use_dpop_nonce',
    description: 'The DPoP proof must contain the nonce of the DPoP-Nonce header.',
  },
  invalid_resource_server: {
    status: 401,
    error: 'invalid_client',
    description: 'This resource server is unknown, or its secret is wrong.',
    challenge: 'Basic',
  },
  invalid_logout_token: {
    status: 400,
    error: 'invalid_request',
    description: 'The logout token cannot be accepted.',
  },
  revocation_token_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'A JWT of the sign-in service is required in the Authorization header.',
    challenge: 'Bearer',
  },
  invalid_revocation_token: {
    status: 401,
    error: 'invalid_token',
    description: 'The JWT cannot be accepted.',
    challenge: 'Bearer',
  },
  invalid_revocation_request: {
    status: 400,
    error: 'invalid_request',
    description:
      'The request needs sub_id, with the format iss_sub, email or opaque and its members.',
  },
  subject_not_allowed: {
    status: 403,
    error: 'access_denied',
    description: 'The sender may not name people of this issuer or e-mail domain.',
  },
  subject_unknown: {
    status: 404,
    error: 'not_found',
    description: 'This person has never signed in here.',
  },
  connection_required: {
    status: 400,
    error: 'interaction_required',
    description: 'The person has to connect this MCP server with the sign-in service first.',
  },
  insufficient_scope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token lacks the scope openid.',
    challenge: 'Bearer',
  },
  invalid_body: {
    status: 400,
    error: 'invalid_request',
    description:
      'The request body could not be read as a form (application/x-www-form-urlencoded).',
  },
  body_too_large: {
    status: 413,
    error: 'invalid_request',
    description: 'The request body is too large.',
  },
  too_many_requests: {
    status: 429,
    // Not registered for OAuth, but known to the MCP SDKs, which keep their tokens and report it.
    error: 'too_many_requests',
    description: 'Too many requests. Nothing is lost.',
  },
  client_document_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The metadata document of this client cannot be fetched at the moment.',
  },
  client_document_unresolved: {
    status: 400,
    error: 'invalid_client',
    description: 'This server cannot find the host of this client’s metadata document.',
  },
  client_document_refused: {
    status: 400,
    error: 'invalid_client',
    description: 'The metadata document of this client cannot be used.',
  },
  client_document_withdrawn: {
    status: 400,
    error: 'invalid_client',
    description: 'This client has no metadata document: it was withdrawn, or never published.',
  },
  client_document_not_allowed: {
    status: 400,
    error: 'invalid_client',
    description: 'This server does not accept the metadata document of this client.',
  },
  client_keys_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The keys of this client (jwks_uri) cannot be fetched at the moment.',
  },
  client_keys_refused: {
    status: 400,
    error: 'invalid_client',
    description: 'The keys of this client (jwks_uri) cannot be used.',
  },
  not_found: {
    status: 404,
    error: 'not_found',
    description: 'There is nothing at this address.',
  },
  method_not_allowed: {
    status: 405,
    error: 'invalid_request',
    description: 'This address does not support this request method.',
  },
  internal: {
    status: 500,
    error: 'server_error',
    description: 'Something went wrong on this server.',
  },
} as const satisfies Record<string, Fault>
