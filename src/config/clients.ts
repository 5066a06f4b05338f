// The clients that the operator lists in the configuration file.

import { createRedirectPolicy } from '../oauth/redirect-uri.ts'
import type { FileSettings } from './file-schema.ts'
import { type Environment, type ReportFault, readNamedSecret } from './read/read-secret.ts'

export interface ClientConfig {
  readonly clientId: string
  readonly clientName: string
  readonly clientUri: string | undefined
  /** Undefined: a public client. */
  readonly clientSecret: string | undefined
  /** For private_key_jwt. Undefined: the client has no keys. */
  readonly keys: { readonly jwks: object } | { readonly jwks_uri: string } | undefined
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** The resource server for its requests that name none. Undefined: the one for all clients. */
  readonly defaultResource: string | undefined
}

export function resolveClients(
  file: FileSettings,
  env: Environment,
  issuer: string | undefined,
  reportFault: ReportFault,
): ClientConfig[] {
  const ids = file.clients.map((client) => client.client_id)
  if (new Set(ids).size !== ids.length) {
    reportFault('CONFIG_FILE clients', 'must not contain two clients with the same client_id')
  }
  for (const { client_id, clientSecretEnv, jwks, jwks_uri } of file.clients) {
    if ([clientSecretEnv, jwks, jwks_uri].filter((way) => way !== undefined).length > 1) {
      reportFault(
        `CONFIG_FILE clients ${client_id}`,
        'must have only one of clientSecretEnv, jwks and jwks_uri',
      )
    }
  }
  for (const [index, { jwks_uri = '' }] of file.clients.entries()) {
    const { port = '', hostname = '' } = URL.parse(jwks_uri) ?? {}
    if (port !== '' && !file.outbound.privateHosts.includes(hostname)) {
      reportFault(
        `CONFIG_FILE clients.${index}.jwks_uri`,
        'must have no port, or outbound.privateHosts must list its host: keys of other hosts are fetched from port 443 only',
      )
    }
  }
  const policy = createRedirectPolicy({
    issuer,
    privateUseRedirectUris: listPrivateUseRedirectUris(file),
  })
  for (const [index, client] of file.clients.entries()) {
    for (const name of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
      if (client[name]?.some((uri) => policy.findTarget(uri) === undefined)) {
        reportFault(
          `CONFIG_FILE clients.${index}.${name}`,
          'must contain only https URIs, loopback http URIs and URIs of privateUseRedirectUris, without fragment or credentials, and none at the origin of OIDC_ISSUER',
        )
      }
    }
  }
  return file.clients.map((client) => ({
    clientId: client.client_id,
    clientName: client.client_name,
    clientUri: client.client_uri,
    clientSecret: readNamedSecret(client.clientSecretEnv, env, reportFault),
    keys: keysOf(client),
    redirectUris: client.redirect_uris,
    postLogoutRedirectUris: client.post_logout_redirect_uris ?? [],
    defaultResource: client.defaultResource,
  }))
}

/** Those of well-known clients and those of the operator. */
export function listPrivateUseRedirectUris(file: FileSettings): readonly string[] {
  return [...file.knownPrivateUseRedirectUris, ...file.privateUseRedirectUris]
}

function keysOf({ jwks, jwks_uri }: FileSettings['clients'][number]): ClientConfig['keys'] {
  if (jwks) return { jwks }
  return jwks_uri === undefined ? undefined : { jwks_uri }
}
