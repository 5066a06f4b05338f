// Dynamic registration (RFC 7591) and its management (RFC 7592) for the engine. registration.ts turns the
// body of a request into metadata.
import { createHash, randomBytes } from 'node:crypto'
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { RegistrationConfig } from '../../config/registration.ts'
import type { Members } from '../../oauth/json-members.ts'
import { parseLoopbackUri } from '../../oauth/loopback.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import { replaceRegistrationBody } from '../internals.ts'
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
      idFactory: (ctx: KoaContextWithOIDC) => {
        const metadata = replaceRegistrationBody(ctx, (body) =>
          requireSmall(normaliseRegistration(body, options.redirectPolicy)),
        )
        // With management, clients must not share an id: each may change its own metadata only.
        return management ? createRandomId() : createClientId(metadata)
      },
      issueRegistrationAccessToken: management,
    },
    // The token does not rotate: a client that lost a response would be locked out.
    registrationManagement: { enabled: management, rotateRegistrationAccessToken: false },
  }
}

/** As JSON. With what the engine adds, sealed and encoded, that is at most 8 KiB in the store. */
const MAX_METADATA_BYTES = 5632

/** Keys and long URIs make large registrations, and anyone may leave one. */
function requireSmall(metadata: ClientMetadata): ClientMetadata {
  if (Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES) return metadata
  throw new errors.InvalidClientMetadata(
    `the metadata must not be larger than ${MAX_METADATA_BYTES} bytes`,
  )
}

const createRandomId = () => randomBytes(16).toString('base64url')

/**
 * The id is random if the client has a secret or keys. Public clients with equal metadata share an id:
 * many of them register at each start, and the id gives them no access. Loopback ports are ignored, as
 * they are when redirect URIs are compared (RFC 8252 §7.3).
 */
export function createClientId(metadata: ClientMetadata): string {
  if (metadata.token_endpoint_auth_method !== 'none') return createRandomId()
  const redirectUris = new Set((metadata.redirect_uris ?? []).map(withoutLoopbackPort))
  const canonical = JSON.stringify(
    Object.entries({ ...metadata, redirect_uris: [...redirectUris].toSorted() }).toSorted(
      ([a], [b]) => (a < b ? -1 : 1),
    ),
  )
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22)
}

function withoutLoopbackPort(uri: string): string {
  const loopback = parseLoopbackUri(uri)
  return loopback ? loopback.host + loopback.rest : uri
}

/** Members of an update that are not metadata. The engine checks them itself. */
const ENGINE_MEMBERS = [
  'client_id',
  'client_secret',
  'client_secret_expires_at',
  'client_id_issued_at',
  'registration_access_token',
  'registration_client_uri',
]

const hasSecret = (method: string | undefined) => method?.startsWith('client_secret_') ?? false

/** Applies the rules of a registration to the body of an update (RFC 7592 §2.2). */
export function createUpdateNormaliser({ redirectPolicy }: { redirectPolicy: RedirectPolicy }) {
  return ({ oidc }: KoaContextWithOIDC, body: Members): Members => {
    const metadata: ClientMetadata = requireSmall(normaliseRegistration(body, redirectPolicy))
    const method = metadata.token_endpoint_auth_method ?? 'client_secret_basic'
    if (hasSecret(method) !== hasSecret(oidc.client?.clientAuthMethod)) {
      throw new errors.InvalidClientMetadata(
        'token_endpoint_auth_method cannot change between one with a client secret and one without',
      )
    }
    const given = ENGINE_MEMBERS.filter((name) => body[name] !== undefined)
    return { ...metadata, ...Object.fromEntries(given.map((name) => [name, body[name]])) }
  }
}
