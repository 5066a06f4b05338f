// The engine's own validation of clients, without a server: which metadata it accepts, and which redirect
// URIs a client may then use by our rule.
import Provider from 'oidc-provider'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'
import { ASSERTION_ALGS } from '../../src/oauth/key-set.ts'
import { isRegisteredRedirectUri } from '../../src/oauth/redirect-uri.ts'
import { createEmptyAdapter } from '../../src/provider/adapters/record-adapter.ts'
import { CLIENT_AUTH_METHODS } from '../../src/provider/clients/client-authentication.ts'
import { overrideRedirectUriComparison } from '../../src/provider/internals.ts'

interface EngineClient {
  redirectUriAllowed(uri: string): boolean
}

/** Creates a client from metadata. @throws if the engine rejects the metadata */
export type CreateClient = (metadata: object) => EngineClient

export async function createClientFactory(): Promise<CreateClient> {
  const provider = new Provider('http://localhost', {
    adapter: createEmptyAdapter,
    clientAuthMethods: [...CLIENT_AUTH_METHODS],
    enabledJWA: { clientAuthSigningAlgValues: [...ASSERTION_ALGS] },
    features: { devInteractions: { enabled: false } },
    jwks: await generateSigningKeys(),
    responseTypes: ['code'],
  })
  overrideRedirectUriComparison(provider, isRegisteredRedirectUri)
  // Cast: the type declarations omit the constructor.
  const { Client } = provider as unknown as { Client: new (metadata: object) => EngineClient }
  return (metadata) =>
    new Client({ client_id: 'a-client', ...withSecret(metadata as Record<string, unknown>) })
}

function withSecret(metadata: Record<string, unknown>) {
  const method = metadata['token_endpoint_auth_method'] ?? 'client_secret_basic'
  return String(method).startsWith('client_secret')
    ? { ...metadata, client_secret: 'a-secret-of-32-characters-or-more' }
    : metadata
}
