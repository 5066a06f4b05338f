// Turns the environment and the configuration file into one validated Config. Reports all faults together,
// by the name of the setting and never by its value. schema.ts and file-schema.ts have the rules for each.

import { type AccessConfig, resolveAccess } from './access/access-rules.ts'
import { checkReleasedClaims } from './access/released-claims.ts'
import { type RevalidationConfig, resolveRevalidation } from './access/revalidation.ts'
import { type Branding, loadBranding } from './branding.ts'
import { type ClientConfig, listPrivateUseRedirectUris, resolveClients } from './clients.ts'
import type { ConnectionSettings } from './connections.ts'
import type { WellKnownClientSettings } from './consent/well-known-clients.ts'
import type {
  ClientDocumentSettings,
  FileSettings,
  Lifetimes,
  LimitSettings,
} from './file-schema.ts'
import { checkLifetimes, keepWhileTokensLive } from './lifetimes.ts'
import type { ProxySettings } from './proxy/https-proxy.ts'
import { readEnvironment, stripQuotes } from './read/read-environment.ts'
import { readFile } from './read/read-file.ts'
import type { Environment, ReportFault } from './read/read-secret.ts'
import { type RegistrationConfig, resolveRegistration } from './registration.ts'
import {
  checkResourceServers,
  type ResourceServerConfig,
  resolveResourceServers,
} from './resource-servers.ts'
import type { EnvironmentSettings, PrivateJwks } from './schema.ts'
import { checkUpstream } from './upstream/check-upstream.ts'
import type { UpstreamEventSettings } from './upstream/event-settings.ts'
import { resolveUpstream, type UpstreamConfig } from './upstream/upstream-config.ts'
import { selectRules, type UpstreamRules } from './upstream/upstream-rules.ts'

export interface Config {
  readonly issuer: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly trustedProxies: readonly string[]
  readonly logLevel: EnvironmentSettings['LOG_LEVEL']
  /** The number of processes behind the port. */
  readonly workers: number
  readonly storeUrl: string
  /** The prefix of every key in the store. */
  readonly storeKeyPrefix: string
  readonly jwks: PrivateJwks
  readonly accessTokenAlg: EnvironmentSettings['ACCESS_TOKEN_ALG']
  /** Newest first; at least one. */
  readonly sessionSecrets: readonly [string, ...string[]]
  readonly upstream: UpstreamConfig
  readonly upstreamEvents: UpstreamEventSettings
  readonly resourceServers: readonly ResourceServerConfig[]
  /** The resource server for requests that name none. Undefined: such requests are rejected. */
  readonly defaultResource: string | undefined
  readonly clients: readonly ClientConfig[]
  readonly privateUseRedirectUris: readonly string[]
  readonly registration: RegistrationConfig
  readonly clientDocuments: ClientDocumentSettings
  readonly outbound: FileSettings['outbound']
  /** For https connections that the server opens. Undefined: it connects directly. */
  readonly proxy: ProxySettings | undefined
  readonly lifetimes: Lifetimes
  readonly limits: LimitSettings['limits']
  readonly sharedEgress: LimitSettings['sharedEgress']
  readonly rotateConfidentialRefreshTokens: boolean
  /** Whether the metadata says that authorization responses have `iss`. They always do. */
  readonly advertiseIssParameter: boolean
  readonly crossOriginOpenerPolicy: FileSettings['crossOriginOpenerPolicy']
  readonly connections: ConnectionSettings
  readonly shutdownDelaySeconds: number
  readonly drainSeconds: number
  readonly consent: FileSettings['consent'] & { readonly mode: EnvironmentSettings['CONSENT'] }
  /** By name. */
  readonly wellKnownClients: WellKnownClientSettings
  readonly branding: Branding
  readonly access: AccessConfig
  readonly revalidation: RevalidationConfig
}

/** The server cannot start. `faults` has one line for each fault, beginning with the setting's name. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`the configuration has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

const DEFAULT_STORE_URL = 'sqlite:./data/mcp-oidc.db'

/**
 * @param options.isTaken whether a route of the server already uses a path, so that the callback cannot
 * @throws ConfigError with all faults
 */
export function loadConfig(
  given: Environment,
  options: { isTaken: (path: string) => boolean },
): Config {
  const env = stripQuotes(given)
  const faults = new Set<string>()
  const reportFault: ReportFault = (name, message) => faults.add(`${name}: ${message}`)

  const { settings, valid } = readEnvironment(env, options.isTaken, reportFault)
  const file = readFile(env['CONFIG_FILE'], reportFault)
  const resourceServers = file
    ? resolveResourceServers({ file, fromEnvironment: valid.RESOURCES ?? [], env, reportFault })
    : []
  // An invalid RESOURCES must not be reported as missing too.
  if (file && valid.RESOURCES) checkResourceServers(file, resourceServers, reportFault)
  const clients = file ? resolveClients(file, env, valid.OIDC_ISSUER, reportFault) : []
  const branding = loadBranding(file?.branding ?? {}, env['CONFIG_FILE'], reportFault)
  if (file) checkLifetimes(file.lifetimes, reportFault)
  const registration = file && resolveRegistration(file, valid.REGISTRATION_TOKEN, reportFault)
  const access =
    file &&
    resolveAccess({
      settings: file.access,
      servers: resourceServers,
      claims: Object.keys(file.access.claims),
      reportFault,
    })
  if (file) checkReleasedClaims(file, reportFault)
  const upstreamRules = selectRules(valid, file ?? { upstream: {} })
  checkUpstream(valid, file, upstreamRules, reportFault)

  const revalidation = file && resolveRevalidation({ file, reportFault })

  if (faults.size > 0 || !settings || !file || !registration || !access || !revalidation)
    throw new ConfigError([...faults])
  const checked = { resourceServers, clients, branding, registration, access, revalidation }
  return assemble({ settings, file, upstreamRules, ...checked })
}

function assemble(parts: {
  settings: EnvironmentSettings
  file: FileSettings
  upstreamRules: UpstreamRules
  resourceServers: readonly ResourceServerConfig[]
  clients: readonly ClientConfig[]
  branding: Branding
  registration: RegistrationConfig
  access: AccessConfig
  revalidation: RevalidationConfig
}): Config {
  const { settings, file, resourceServers, clients, branding, registration } = parts
  const only = resourceServers.length === 1 ? resourceServers[0]?.resource : undefined
  return {
    issuer: settings.OIDC_ISSUER,
    listen: { host: settings.OIDC_HOST, port: settings.OIDC_PORT },
    trustedProxies: settings.TRUSTED_PROXIES,
    logLevel: settings.LOG_LEVEL,
    workers: settings.WORKERS,
    storeUrl: settings.STORE_URL ?? settings.REDIS_URL ?? DEFAULT_STORE_URL,
    storeKeyPrefix: settings.STORE_KEY_PREFIX,
    jwks: settings.JWKS,
    accessTokenAlg: settings.ACCESS_TOKEN_ALG,
    sessionSecrets: settings.SESSION_SECRET,
    upstream: resolveUpstream(settings, file, parts.upstreamRules, {
      isRevalidating: parts.revalidation.isOn,
      isExchanging: resourceServers.some(({ upstreamTokens }) => upstreamTokens !== undefined),
    }),
    upstreamEvents: file.upstream,
    resourceServers,
    defaultResource: file.defaultResource ?? only,
    clients,
    privateUseRedirectUris: listPrivateUseRedirectUris(file),
    registration,
    clientDocuments: keepWhileTokensLive(file),
    outbound: file.outbound,
    proxy: settings.HTTPS_PROXY && {
      server: settings.HTTPS_PROXY,
      exceptions: settings.NO_PROXY,
    },
    lifetimes: file.lifetimes,
    limits: file.limits,
    sharedEgress: file.sharedEgress,
    rotateConfidentialRefreshTokens: file.rotateConfidentialRefreshTokens,
    advertiseIssParameter: file.advertiseIssParameter,
    crossOriginOpenerPolicy: file.crossOriginOpenerPolicy,
    connections: file.connections,
    shutdownDelaySeconds: file.shutdownDelaySeconds,
    drainSeconds: file.drainSeconds,
    consent: { mode: settings.CONSENT, ...file.consent },
    wellKnownClients: file.wellKnownClients,
    branding,
    access: parts.access,
    revalidation: parts.revalidation,
  }
}
