// The rules between the UPSTREAM_… settings, the preset and the configuration file.
import { resolveClaimSources } from '../access/claim-sources.ts'
import type { FileSettings } from '../file-schema.ts'
import type { ReportFault } from '../read/read-secret.ts'
import type { EnvironmentSettings } from '../schema.ts'
import type { UpstreamRules } from './upstream-rules.ts'

/** @param settings the valid ones. @param file undefined if it has a fault */
export function checkUpstream(
  settings: Partial<EnvironmentSettings>,
  file: FileSettings | undefined,
  rules: UpstreamRules,
  reportFault: ReportFault,
): void {
  const { claims } = rules
  if (file) {
    resolveClaimSources(file.access.claims, { name: rules.preset, claims }, reportFault)
    checkEndpoints(rules, reportFault)
  }
  const scopes = settings.UPSTREAM_SCOPES ?? rules.scopes
  if (rules.protocol === 'openid' && !scopes.split(' ').includes('openid')) {
    reportFault('UPSTREAM_SCOPES', 'must include openid')
  }
  const method = settings.UPSTREAM_AUTH_METHOD ?? rules.authMethod
  if (method === 'private_key_jwt' && !settings.UPSTREAM_PRIVATE_KEY) {
    reportFault('UPSTREAM_PRIVATE_KEY', 'is required with private_key_jwt')
  }
  checkTenants(settings, rules, reportFault)
}

function checkTenants(
  { UPSTREAM_TENANTS: tenants = [], UPSTREAM_ISSUER: issuer }: Partial<EnvironmentSettings>,
  { preset, tenantClaim, sharedIssuers }: UpstreamRules,
  reportFault: ReportFault,
): void {
  if (tenants.length > 0 && tenantClaim === undefined) {
    reportFault(
      'UPSTREAM_TENANTS',
      `must be empty: the preset ${preset} knows no claim that names an organisation (upstream.tenantClaim)`,
    )
  }
  const segments = issuer === undefined ? [] : new URL(issuer).pathname.split('/')
  if (tenants.length === 0 && sharedIssuers.some((name) => segments.includes(name))) {
    reportFault(
      'UPSTREAM_TENANTS',
      'is required: all tenants share this UPSTREAM_ISSUER. List the ids of those whose people may sign in, or * for all',
    )
  }
}

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint']

function checkEndpoints({ protocol, discovery }: UpstreamRules, reportFault: ReportFault): void {
  const missing = ENDPOINTS.filter((name) => !URL.canParse(String(discovery[name])))
  if (protocol === 'oauth' && missing.length > 0) {
    reportFault(
      'CONFIG_FILE upstream.discovery',
      `must have ${missing.join(', ')}: plain OAuth 2.0 has no discovery document`,
    )
  }
}
