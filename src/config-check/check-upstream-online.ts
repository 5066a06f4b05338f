// Questions to the upstream itself: discovery, keys, credentials.
import type { Config } from '../config/load.ts'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { reasonOf } from '../errors.ts'
import { probeUpstream, type UpstreamProbe } from '../upstream/probe/probe-upstream.ts'
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts'
import { type Finding, note, problem } from './finding.ts'

export async function checkUpstreamOnline(options: {
  config: Config
  fetch: UpstreamFetch
  now: () => number
}): Promise<Finding[]> {
  const { upstream } = options.config
  try {
    const probe = await probeUpstream({ ...options, upstream })
    return [
      ...checkMetadata(upstream, probe),
      ...checkCredentials(upstream, probe),
      ...checkScopes(upstream, probe),
    ]
  } catch (error) {
    return [problem('UPSTREAM_ISSUER', `discovery failed: ${innermostReasonOf(error)}`)]
  }
}

/** The library's own messages wrap the ones that tell something. */
function innermostReasonOf(error: unknown): string {
  let reason = reasonOf(error)
  for (let cause = error; cause instanceof Error; cause = cause.cause) reason = cause.message
  return reason
}

function* checkMetadata(
  { protocol, accessClaims, userinfo, scope }: UpstreamConfig,
  { metadata, keys }: UpstreamProbe,
): Generator<Finding> {
  if (protocol === 'oauth') return
  if (keys === 0) {
    yield problem(
      'UPSTREAM_ISSUER',
      'the provider publishes no keys: choose a signing key for this client there',
    )
  }
  const algs = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  if (algs.some((alg) => alg.startsWith('HS'))) {
    yield note(
      'UPSTREAM_ISSUER',
      'the provider can sign with HS256, which this server refuses: choose RS256 or ES256 for this client',
    )
  }
  const wantsMore = /\b(profile|email)\b/.test(scope) || Object.keys(accessClaims).length > 0
  if (metadata.userinfo_endpoint === undefined && userinfo !== 'never' && wantsMore) {
    yield note(
      'upstream.userinfo',
      'the provider has no userinfo endpoint: what a thin ID token lacks is absent',
    )
  }
  const claims: unknown = metadata['claims_supported']
  if (Array.isArray(claims)) {
    const unknown = Object.entries(accessClaims)
      .filter(
        ([, source]) =>
          typeof source === 'string' &&
          !claims.includes(source) &&
          !claims.includes(source.split('.').at(0)),
      )
      .map(([name]) => name)
    if (unknown.length > 0) {
      yield note(
        'access.claims',
        `the provider does not list the claims of ${unknown.join(', ')}: check that it sends them`,
      )
    }
  }
}

function* checkCredentials(
  upstream: UpstreamConfig,
  { metadata, credentials }: UpstreamProbe,
): Generator<Finding> {
  if (credentials === 'refused') {
    yield problem(
      'UPSTREAM_CLIENT_ID',
      'the provider does not accept UPSTREAM_CLIENT_ID with UPSTREAM_CLIENT_SECRET or UPSTREAM_AUTH_METHOD',
    )
  }
  if (credentials === 'unknown') {
    yield note(
      'UPSTREAM_CLIENT_ID',
      'the provider does not say whether it accepts the credentials: sign in once',
    )
  }
  const supported = metadata.token_endpoint_auth_methods_supported
  if (upstream.authMethod && supported && !supported.includes(upstream.authMethod)) {
    yield note('UPSTREAM_AUTH_METHOD', `the provider lists only ${supported.join(', ')}`)
  }
}

function* checkScopes(upstream: UpstreamConfig, { metadata }: UpstreamProbe): Generator<Finding> {
  const supported = metadata.scopes_supported
  if (supported) {
    const unknown = upstream.scope.split(' ').filter((scope) => !supported.includes(scope))
    if (unknown.length > 0) {
      yield note('UPSTREAM_SCOPES', `the provider does not list ${unknown.join(', ')}`)
    }
    const lacksOffline = upstream.refreshScopes !== '' && !supported.includes('offline_access')
    if (upstream.needsRefreshTokens && lacksOffline && upstream.refreshTokens !== 'always') {
      yield note(
        'upstream.refreshTokens',
        'the provider does not list offline_access: it may give no refresh tokens',
      )
    }
  }
  const grants = metadata.grant_types_supported
  if (upstream.needsRefreshTokens && grants?.includes('refresh_token') === false) {
    yield note('upstream.refreshTokens', 'the provider does not list the grant type refresh_token')
  }
}
