// Registration (RFC 7591) and its management (RFC 7592) for the engine. What a body becomes is
// registration.ts.
import { randomBytes } from 'node:crypto'
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { RegistrationConfig } from '../../config/registration.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import { createClientId } from './client-id.ts'
import { normaliseRegistration } from './registration.ts'

export function createRegistrationFeatures(options: {
  registration: RegistrationConfig
  redirectPolicy: RedirectPolicy
}) {
  const { mode, management, token } = options.registration
  return {
    registration: {
      enabled: mode !== 'off',
      initialAccessToken: token ?? false,
      // The one hook that runs before the engine reads the body it has parsed.
      idFactory: (ctx: KoaContextWithOIDC) => {
        const { oidc } = ctx as { oidc: { body?: Record<string, unknown> } }
        const metadata = normaliseRegistration(oidc.body ?? {}, options.redirectPolicy)
        oidc.body = { ...metadata }
        // What one registrant may change is not another's.
        return management ? randomBytes(16).toString('base64url') : createClientId(metadata)
      },
      issueRegistrationAccessToken: management,
    },
    // The token stays the same, so that a lost answer locks nobody out.
    registrationManagement: { enabled: management, rotateRegistrationAccessToken: false },
  }
}

type Members = Readonly<Record<string, unknown>>

/** What the engine checks itself, beside the metadata. */
const CHECKED = [
  'client_id',
  'client_secret',
  'client_secret_expires_at',
  'client_id_issued_at',
  'registration_access_token',
  'registration_client_uri',
]
const SECRET_METHOD = /^client_secret_/

/** The body of an update (RFC 7592 §2.2) for the engine, by the rules of a registration. */
export function createUpdateNormaliser({ redirectPolicy }: { redirectPolicy: RedirectPolicy }) {
  return ({ oidc }: KoaContextWithOIDC, body: Members): Members => {
    const metadata: ClientMetadata = normaliseRegistration(body, redirectPolicy)
    const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic'
    if (SECRET_METHOD.test(method) !== SECRET_METHOD.test(String(oidc.client?.clientAuthMethod))) {
      throw new errors.InvalidClientMetadata(
        'token_endpoint_auth_method cannot change between one with a client secret and one without',
      )
    }
    const checked = CHECKED.filter((name) => body[name] !== undefined)
    return { ...metadata, ...Object.fromEntries(checked.map((name) => [name, body[name]])) }
  }
}
