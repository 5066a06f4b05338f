// The public words of each fault that we raise ourselves. They are constant for each code and contain
// nothing of the request. errors.ts turns a code into an error.

export interface Fault {
  readonly status: number
  /** RFC 6749 error code, for clients. */
  readonly error: string
  /** A public sentence, for clients and pages. */
  readonly description: string
  /** Actions that a person can take. */
  readonly nextSteps: readonly string[]
  /** The scheme of the response's WWW-Authenticate header. */
  readonly challenge?: 'Basic' | 'Bearer' | 'DPoP'
}

const tryAgain = [
  'Try again.',
  'If the problem persists, give the reference below to the people who run this server.',
]
const tellOperator = 'If the problem persists, tell the people who run this server.'
const askForRegistration =
  'If the problem persists, tell the people who run this server: it may have no internet access. ' +
  'They can let clients register instead.'
const startAgain = 'Go back to your MCP client and start the sign-in again.'

const dpop = {
  status: 401,
  challenge: 'DPoP',
  nextSteps: ['Send a new proof.'],
} as const

export const FAULTS = {
  store_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server cannot reach its storage at the moment. Nothing is lost.',
    nextSteps: ['Try again in a minute.'],
  },
  overdue: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server took too long to answer. Nothing is lost.',
    nextSteps: ['Try again in a minute.'],
  },
  overloaded: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The server has too many requests at the moment. Nothing is lost.',
    nextSteps: ['Try again in a few seconds.'],
  },
  upstream_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The sign-in service cannot be reached at the moment.',
    nextSteps: ['Try again in a minute.', tellOperator],
  },
  upstream_denied: {
    status: 403,
    error: 'access_denied',
    description: 'The sign-in was cancelled, or the sign-in service refused it.',
    nextSteps: ['Try again, or sign in with another account.'],
  },
  account_disabled: {
    status: 403,
    error: 'access_denied',
    description: 'Your account is disabled on this server.',
    nextSteps: [
      'Sign in with another account if you have one.',
      'If you think that this is a mistake, ask the people who run this server.',
    ],
  },
  upstream_account_refused: {
    status: 403,
    error: 'access_denied',
    description: 'This account belongs to an organisation whose people may not sign in here.',
    nextSteps: ['Sign in with an account of the right organisation.', tellOperator],
  },
  upstream_failed: {
    status: 502,
    error: 'server_error',
    description: 'The sign-in service sent a response that this server cannot accept.',
    nextSteps: tryAgain,
  },
  upstream_grant_ended: {
    status: 403,
    error: 'invalid_grant',
    description: 'The sign-in service has ended this sign-in.',
    nextSteps: ['Sign in again.'],
  },
  invalid_callback: {
    status: 400,
    error: 'invalid_request',
    description: 'The response of the sign-in service is incomplete, or was changed on its way.',
    nextSteps: tryAgain,
  },
  login_not_fresh: {
    status: 403,
    error: 'login_required',
    description:
      'The client requires a new sign-in, and the sign-in service did not confirm that one took place.',
    nextSteps: [
      'Try again, and sign in anew if the sign-in service lets you.',
      'If it keeps failing, the sign-in service cannot confirm it: tell the makers of the client.',
    ],
  },
  interaction_expired: {
    status: 400,
    error: 'invalid_request',
    description: 'This sign-in has expired, was already finished, or belongs to another browser.',
    nextSteps: [startAgain, 'Allow cookies for this site if your browser blocks them.'],
  },
  login_attempt_foreign: {
    status: 400,
    error: 'invalid_request',
    description:
      'This sign-in was already finished, was started in another browser, or its cookie is missing.',
    nextSteps: [startAgain, 'Finish it in the same browser, with cookies allowed for this site.'],
  },
  login_attempt_spent: {
    status: 400,
    error: 'invalid_request',
    description: 'This sign-in was already finished, or took too long.',
    nextSteps: [startAgain],
  },
  form_expired: {
    status: 403,
    error: 'invalid_request',
    description:
      'This form is no longer valid: you signed in or out since the page was opened, or another site sent it.',
    nextSteps: ['Open the page again.', 'Allow cookies for this site if your browser blocks them.'],
  },
  csrf_mismatch: {
    status: 403,
    error: 'invalid_request',
    description: 'This answer did not come from the page that this server showed.',
    nextSteps: [startAgain],
  },
  token_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'An access token is required in the Authorization header.',
    nextSteps: ['Send the token as Authorization: Bearer.'],
    challenge: 'Bearer',
  },
  invalid_token: {
    status: 401,
    error: 'invalid_token',
    description: 'The access token has expired, was revoked, or was not issued by this server.',
    nextSteps: ['Refresh the token, or sign in again.'],
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
    nextSteps: ['Use the resource URI as client id, and the secret from the configuration.'],
    challenge: 'Basic',
  },
  invalid_logout_token: {
    status: 400,
    error: 'invalid_request',
    description: 'The logout token cannot be accepted.',
    nextSteps: ['Send a logout token of the sign-in service, once, within its lifetime.'],
  },
  revocation_token_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'A JWT of the sign-in service is required in the Authorization header.',
    nextSteps: ['Send it as Authorization: Bearer.'],
    challenge: 'Bearer',
  },
  invalid_revocation_token: {
    status: 401,
    error: 'invalid_token',
    description: 'The JWT cannot be accepted.',
    nextSteps: ['Send a JWT of the sign-in service for this endpoint, once, within its lifetime.'],
    challenge: 'Bearer',
  },
  invalid_revocation_request: {
    status: 400,
    error: 'invalid_request',
    description:
      'The request needs sub_id, with the format iss_sub, email or opaque and its members.',
    nextSteps: ['Name one person in sub_id.'],
  },
  subject_not_allowed: {
    status: 403,
    error: 'access_denied',
    description: 'The sender may not name people of this issuer or e-mail domain.',
    nextSteps: ['Name one of your own people, in a form that the configuration allows.'],
  },
  subject_unknown: {
    status: 404,
    error: 'not_found',
    description: 'This person has never signed in here.',
    nextSteps: ['Nothing has to be ended.'],
  },
  connection_required: {
    status: 400,
    error: 'interaction_required',
    description: 'The person has to connect this MCP server with the sign-in service first.',
    nextSteps: ['Open the address of interaction_uri in a browser.'],
  },
  insufficient_scope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token lacks the scope openid.',
    nextSteps: ['Request the scope openid when signing in.'],
    challenge: 'Bearer',
  },
  invalid_body: {
    status: 400,
    error: 'invalid_request',
    description:
      'The request body could not be read as a form (application/x-www-form-urlencoded).',
    nextSteps: [startAgain],
  },
  body_too_large: {
    status: 413,
    error: 'invalid_request',
    description: 'The request body is too large.',
    nextSteps: ['Send a smaller request.'],
  },
  too_many_requests: {
    status: 429,
    // Not registered for OAuth, but known to the MCP SDKs, which keep their tokens and report it.
    error: 'too_many_requests',
    description: 'Too many requests. Nothing is lost.',
    nextSteps: ['Wait a minute, then try again.', tellOperator],
  },
  client_document_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The metadata document of this client cannot be fetched at the moment.',
    nextSteps: ['Try again in a minute.', askForRegistration],
  },
  client_document_unresolved: {
    status: 400,
    error: 'invalid_client',
    description: 'This server cannot find the host of this client’s metadata document.',
    nextSteps: ['Try again in a minute.', askForRegistration],
  },
  client_document_refused: {
    status: 400,
    error: 'invalid_client',
    description: 'The metadata document of this client cannot be used.',
    nextSteps: [
      'Tell the developers of the client. The document is at the URL that is its client_id.',
      'Once it is fixed, wait a minute and try again.',
    ],
  },
  client_document_withdrawn: {
    status: 400,
    error: 'invalid_client',
    description: 'This client has no metadata document: it was withdrawn, or never published.',
    nextSteps: [
      'Update your MCP client, remove this MCP server from it and add it again.',
      'If it still fails, tell the developers of the client.',
    ],
  },
  client_document_not_allowed: {
    status: 400,
    error: 'invalid_client',
    description: 'This server does not accept the metadata document of this client.',
    nextSteps: ['Ask the people who run this server to allow the client.'],
  },
  client_keys_unavailable: {
    status: 503,
    error: 'temporarily_unavailable',
    description: 'The keys of this client (jwks_uri) cannot be fetched at the moment.',
    nextSteps: ['Try again in a minute.', tellOperator],
  },
  client_keys_refused: {
    status: 400,
    error: 'invalid_client',
    description: 'The keys of this client (jwks_uri) cannot be used.',
    nextSteps: ['Tell the developers of the client.'],
  },
  not_found: {
    status: 404,
    error: 'not_found',
    description: 'There is nothing at this address.',
    nextSteps: ['Check the address. MCP clients find the right ones by discovery.'],
  },
  method_not_allowed: {
    status: 405,
    error: 'invalid_request',
    description: 'This address does not support this request method.',
    nextSteps: ['Check the method. MCP clients find the right ones by discovery.'],
  },
  internal: {
    status: 500,
    error: 'server_error',
    description: 'Something went wrong on this server.',
    nextSteps: tryAgain,
  },
} as const satisfies Record<string, Fault>
