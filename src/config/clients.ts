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
  return file.clients.map((client) => ({
    clientId: client.client_id,
    clientName: client.client_name,
    clientUri: client.client_uri,
    clientSecret: namedSecret(client.clientSecretEnv, env, fault),
    redirectUris: client.redirect_uris,
  }))
}
