// The upstream as the server uses it: the UPSTREAM_… settings over the configuration file over the preset. Without a
// preset and with an unknown host, it is generic OpenID Connect. check-upstream.ts has reported the faults.
import { type ClaimSources, resolveClaimSources } from '../access/claim-sources.ts'
import type { FileSettings } from '../file-schema.ts'
import { callbackUri } from '../own-uris.ts'
import type { EnvironmentSettings } from '../schema.ts'
import type { UpstreamRules } from './upstream-rules.ts'

export interface UpstreamConfig
  extends Omit<UpstreamRules, 'subject' | 'scopes' | 'claims' | 'claimScopes' | 'sharedIssuers'> {
  readonly issuer: string
  /** The issuer that names people: `issuer`, or the provider's earlier one. */
  readonly subjectIssuer: string
  /** Their values, joined, name a person. */
  readonly subjectClaims: readonly string[]
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** The private JWK of private_key_jwt. */
  readonly privateKey: EnvironmentSettings['UPSTREAM_PRIVATE_KEY']
  readonly redirectUri: string
  readonly scope: string
  /** The organisations whose people may sign in, by `tenantClaim`, in lower case. Undefined: all. */
  readonly tenants: readonly string[] | undefined
  /** The claims that are kept with the account, by the operator's names. */
  readonly accessClaims: ClaimSources
  /** Whether sign-ins ask for refresh tokens. */
  readonly needsRefreshTokens: boolean
  /** The name of the upstream on the consent page. */
  readonly name: string
}

/** @param needs what refresh tokens are for */
export function resolveUpstream(
  settings: EnvironmentSettings,
  file: FileSettings,
  selected: UpstreamRules,
  needs: { readonly isRevalidating: boolean; readonly isExchanging: boolean },
): UpstreamConfig {
  const issuer = settings.UPSTREAM_ISSUER
  const { subject, scopes, claims, claimScopes, sharedIssuers: _, ...rules } = selected
  const listed = file.access.claims
  const preset = { name: rules.preset, claims }
  return {
    ...rules,
    issuer,
    subjectIssuer: settings.UPSTREAM_SUBJECTS_OF ?? issuer,
    subjectClaims: subject,
    clientId: settings.UPSTREAM_CLIENT_ID,
    clientSecret: settings.UPSTREAM_CLIENT_SECRET,
    privateKey: settings.UPSTREAM_PRIVATE_KEY,
    authMethod: settings.UPSTREAM_AUTH_METHOD ?? rules.authMethod,
    redirectUri: callbackUri(settings),
    scope: settings.UPSTREAM_SCOPES ?? withClaimScopes(scopes, claimScopes, listed),
    parameters: { ...rules.parameters, ...settings.UPSTREAM_PARAMS },
    tenants: tenantsOf(settings.UPSTREAM_TENANTS),
    accessClaims: resolveClaimSources(listed, preset, () => {}),
    needsRefreshTokens:
      needs.isExchanging || (needs.isRevalidating && rules.revalidation === 'refresh'),
    name: settings.UPSTREAM_NAME ?? new URL(issuer).host,
  }
}

function withClaimScopes(
  scopes: string,
  claimScopes: UpstreamRules['claimScopes'],
  listed: FileSettings['access']['claims'],
): string {
  const added = Object.entries(claimScopes).filter(([name]) => listed[name] === true)
  const all = [scopes, ...added.map(([, scope]) => scope)].join(' ').split(' ')
  return [...new Set(all)].join(' ').trim()
}

const ANY_TENANT = '*'

function tenantsOf(listed: readonly string[]): readonly string[] | undefined {
  if (listed.length === 0 || listed.includes(ANY_TENANT)) return undefined
  return listed.map((tenant) => tenant.toLowerCase())
}
