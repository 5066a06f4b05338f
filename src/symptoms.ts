// What people, clients and operators see when something fails, by one name for each symptom. The name is the page that a
// person gets (http/views/problems), and the section of docs/troubleshooting.md that helps. Several faults share one.
import type { FAULTS } from './faults.ts'

/** By the code of our fault (faults.ts). */
export const FAULT_SYMPTOMS = {
  store_unavailable: 'storage-unreachable',
  overdue: 'server-too-slow',
  overloaded: 'server-overloaded',
  too_many_requests: 'too-many-requests',
  internal: 'internal-error',
  not_found: 'not-found',
  method_not_allowed: 'not-found',
  invalid_body: 'request-not-valid',
  body_too_large: 'request-not-valid',

  interaction_expired: 'sign-in-expired',
  login_attempt_spent: 'sign-in-expired',
  login_attempt_foreign: 'sign-in-in-another-browser',
  login_not_fresh: 'new-sign-in-not-confirmed',
  form_expired: 'form-expired',
  csrf_mismatch: 'form-expired',
  account_disabled: 'account-disabled',

  upstream_unavailable: 'provider-unreachable',
  upstream_denied: 'sign-in-cancelled',
  upstream_failed: 'provider-response-refused',
  invalid_callback: 'provider-response-refused',
  upstream_account_refused: 'organisation-not-allowed',
  upstream_grant_ended: 'sign-in-ended-by-provider',

  client_document_unavailable: 'client-metadata-unreachable',
  client_document_unresolved: 'client-metadata-unreachable',
  client_keys_unavailable: 'client-metadata-unreachable',
  client_document_refused: 'client-metadata-refused',
  client_keys_refused: 'client-metadata-refused',
  client_document_withdrawn: 'client-metadata-missing',
  client_document_not_allowed: 'client-not-allowed',

  token_missing: 'access-token-refused',
  invalid_token: 'access-token-refused',
  insufficient_scope: 'access-token-refused',
  dpop_required: 'dpop-proof-refused',
  invalid_dpop_proof: 'dpop-proof-refused',
  use_dpop_nonce: 'dpop-proof-refused',
  invalid_resource_server: 'introspection-refused',
  connection_required: 'mcp-server-not-connected',
  invalid_logout_token: 'provider-event-refused',
  revocation_token_missing: 'provider-event-refused',
  invalid_revocation_token: 'provider-event-refused',
  invalid_revocation_request: 'provider-event-refused',
  subject_not_allowed: 'provider-event-refused',
  subject_unknown: 'provider-event-refused',
} as const satisfies Record<keyof typeof FAULTS, string>

/** By the OAuth error of the engine. Every other one is `request-not-valid`. */
export const ENGINE_SYMPTOMS = {
  invalid_client: 'client-unknown',
  invalid_redirect_uri: 'redirect-uri-unknown',
  invalid_target: 'resource-unknown',
  temporarily_unavailable: 'storage-unreachable',
  server_error: 'internal-error',
} as const

/** The request names no MCP server, or several. The engine's error is `invalid_target` as well. */
export const RESOURCE_NOT_NAMED = 'resource-not-named'

/** The page of the access rules. */
export const ACCESS_REFUSED = 'account-has-no-access'

export type Symptom =
  | (typeof FAULT_SYMPTOMS)[keyof typeof FAULT_SYMPTOMS]
  | (typeof ENGINE_SYMPTOMS)[keyof typeof ENGINE_SYMPTOMS]
  | typeof RESOURCE_NOT_NAMED
  | typeof ACCESS_REFUSED

/** Where the documents of this repository help with a symptom. */
export function helpFor(symptom: Symptom): string {
  return `docs/troubleshooting.md#${symptom}`
}
