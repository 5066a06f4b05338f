// The clients that the operator lists in the configuration file.

import type { FileSettings } from './file-schema.ts'
import type { Environment, Report } from './read-secret.ts'
import { namedSecret } from './resource-servers.ts'

export interface ClientConfig {
  readonly clientId: string
  readonly clientName: string
  readonly clientUri: string | undefined
  /** Undefined: a public client. */
  readonly clientSecret: string | undefined
  /** For private_key_jwt; undefined: the client has none. */
  readonly keys: { readonly jwks: object } | { readonly jwks_uri: string } | undefined
  readonly redirectUris: readonly string[]
}

export function describeClients(
  file: FileSettings,
  env: Environment,
  fault: Report,
): ClientConfig[] {
  const ids = file.clients.map((client) => client.client_id)
  if (new Set(ids).size !== ids.length) {
    fault('CONFIG_FILE clients', 'must not give two clients the same client_id')
  }
  for (const { client_id, clientSecretEnv, jwks, jwks_uri } of file.clients) {
    if ([clientSecretEnv, jwks, jwks_uri].filter((way) => way !== undefined).length > 1) {
      fault(`CONFIG_FILE clients ${client_id}`, 'must have one of clientSecretEnv, jwks, jwks_uri')
    }
  }
  return file.clients.map((client) => ({
    clientId: client.client_id,
    clientName: client.client_name,
    clientUri: client.client_uri,
    clientSecret: namedSecret(client.clientSecretEnv, env, fault),
    keys: describeKeys(client),
    redirectUris: client.redirect_uris,
  }))
}

function describeKeys({ jwks, jwks_uri }: FileSettings['clients'][number]): ClientConfig['keys'] {
  if (jwks) return { jwks }
  return jwks_uri === undefined ? undefined : { jwks_uri }
}
