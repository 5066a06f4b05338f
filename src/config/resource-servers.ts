// The resource servers of the configuration file and of RESOURCES, completed with defaults.

import { canonicalResourceKey } from '../oauth/resource-uri.ts'
import { isOidcScope } from '../oauth/scopes.ts'
import type { ScopeText } from './consent/scope-text.ts'
import type { FileSettings } from './file-schema.ts'
import { type Environment, type ReportFault, readNamedSecret } from './read/read-secret.ts'

export interface ResourceServerConfig {
  /** As the operator wrote it: the `aud` of its tokens. */
  readonly resource: string
  /** Other URIs of the same server, as the operator wrote them. A token for one of them has that one as `aud`. */
  readonly aliases: readonly string[]
  readonly name: string
  /** Scope → its description on the consent page, and its risk. */
  readonly scopes: Readonly<Record<string, ScopeText>>
  readonly defaultScopes: readonly string[]
  readonly accessTokenSeconds: number
  /** For POST /introspect, with the resource as client id. Undefined: it may not introspect. */
  readonly introspectionSecret: string | undefined
  /** Claims about the person in its access tokens. */
  readonly tokenClaims: readonly string[]
  /** It may exchange its callers' tokens for the upstream's, with these scopes. Undefined: it may not. */
  readonly upstreamTokens: { readonly scopes: readonly string[] } | undefined
}

export function resolveResourceServers(options: {
  file: FileSettings
  /** The resources of RESOURCES, which get the defaults. */
  fromEnvironment: readonly string[]
  env: Environment
  reportFault: ReportFault
}): ResourceServerConfig[] {
  const { file, fromEnvironment, env, reportFault } = options
  const listed = new Set(file.resourceServers.map((server) => server.resource))
  const entries: FileSettings['resourceServers'] = [
    ...file.resourceServers,
    ...fromEnvironment
      .filter((resource) => !listed.has(resource))
      .map((resource) => ({ resource })),
  ]
  return entries.map((entry) => ({
    resource: entry.resource,
    aliases: entry.aliases ?? [],
    name: entry.name ?? new URL(entry.resource).host,
    scopes: entry.scopes ?? file.resourceDefaults.scopes,
    defaultScopes:
      entry.defaultScopes ??
      (entry.scopes ? Object.keys(entry.scopes) : file.resourceDefaults.defaultScopes),
    accessTokenSeconds: entry.accessTokenSeconds ?? file.lifetimes.accessTokenSeconds,
    introspectionSecret: readNamedSecret(entry.introspectionSecretEnv, env, reportFault),
    tokenClaims: entry.tokenClaims ?? [],
    upstreamTokens: entry.upstreamTokens,
  }))
}

export function checkResourceServers(
  file: FileSettings,
  servers: readonly ResourceServerConfig[],
  reportFault: ReportFault,
): void {
  if (servers.length === 0) {
    reportFault(
      'RESOURCES',
      'is required: the URI of at least one MCP server, e.g. https://mcp.example.com/mcp',
    )
  }
  const keys = servers.map((server) => canonicalResourceKey(server.resource))
  const taken = new Set(keys)
  for (const [index, server] of servers.entries()) {
    const isInFile = index < file.resourceServers.length
    const name = isInFile ? `CONFIG_FILE resourceServers.${index}` : 'RESOURCES'
    if (keys.indexOf(keys[index]) !== index) {
      reportFault(name, 'names an MCP server that is already listed: remove one of the two')
    }
    for (const key of server.aliases.map(canonicalResourceKey)) {
      if (taken.has(key)) {
        reportFault(
          `${name}.aliases`,
          'contains a URI that is already a resource or an alias: remove one of the two',
        )
      }
      taken.add(key)
    }
    if (server.upstreamTokens && server.introspectionSecret === undefined) {
      reportFault(
        `${name}.upstreamTokens`,
        'needs introspectionSecretEnv: the MCP server authenticates with that secret',
      )
    }
    if (server.defaultScopes.length === 0) reportFault(name, 'must have at least one default scope')
    for (const scope of Object.keys(server.scopes)) {
      if (isOidcScope(scope))
        reportFault(name, `must not redefine the OpenID Connect scope ${scope}`)
    }
    if (server.defaultScopes.some((scope) => !Object.hasOwn(server.scopes, scope))) {
      reportFault(name, 'has a default scope that is not in its scopes: add it to scopes')
    }
  }
  const defaults = [
    ['CONFIG_FILE defaultResource', file.defaultResource],
    ...file.clients.map(
      (client, index) =>
        [`CONFIG_FILE clients.${index}.defaultResource`, client.defaultResource] as const,
    ),
  ] as const
  for (const [name, resource] of defaults) {
    if (typeof resource === 'string' && !taken.has(canonicalResourceKey(resource))) {
      reportFault(name, 'must be one of the resource servers, or one of their aliases')
    }
  }
}

/** Gemini CLI and Claude Code renew a token five minutes before it expires; two more minutes leave room to use it. */
const LEAST_USEFUL_SECONDS = 420

/** The resource servers for whose tokens some clients would refresh at almost every call. */
export function findShortLivedTokens(
  servers: readonly ResourceServerConfig[],
): readonly Pick<ResourceServerConfig, 'resource' | 'accessTokenSeconds'>[] {
  return servers
    .filter(({ accessTokenSeconds }) => accessTokenSeconds < LEAST_USEFUL_SECONDS)
    .map(({ resource, accessTokenSeconds }) => ({ resource, accessTokenSeconds }))
}
