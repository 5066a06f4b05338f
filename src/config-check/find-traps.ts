// Traps that the settings alone show, before anybody signs in.
import type { AccessCondition } from '../config/access/access-conditions.ts'
import { adviseOnRevalidation } from '../config/access/revalidation.ts'
import type { Config } from '../config/load.ts'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { type Finding, note, problem } from './finding.ts'

export function findTraps(config: Config): Finding[] {
  const { upstream } = config
  return [
    ...checkIssuer(upstream),
    ...checkIdentity(upstream),
    ...checkCredentials(upstream),
    ...checkParameters(upstream),
    ...checkRules(config),
    ...checkRefreshTokens(config),
  ]
}

function* checkIssuer({ issuer, issuerSlash, preset }: UpstreamConfig): Generator<Finding> {
  const hasSlash = issuer.endsWith('/')
  // Discovery accepts both spellings of an origin.
  const say = new URL(issuer).pathname === '/' ? note : problem
  if (issuerSlash === 'required' && !hasSlash) {
    yield say(
      'UPSTREAM_ISSUER',
      `ends without the slash that this kind of provider has (${preset})`,
    )
  }
  if (issuerSlash === 'forbidden' && hasSlash) {
    yield say('UPSTREAM_ISSUER', `ends with a slash that this kind of provider lacks (${preset})`)
  }
}

function* checkIdentity(upstream: UpstreamConfig): Generator<Finding> {
  const { preset, isPresetRecognised, subjectClaims, tenantClaim, tenants, protocol } = upstream
  if (preset === 'entra' && isPresetRecognised && subjectClaims.join() === 'sub') {
    yield note(
      'UPSTREAM_PRESET',
      'is not set, so people are named by sub, which another app registration changes. On a new server, set it to entra. On one that has accounts, that would give everybody a new subject',
    )
  }
  if (preset === 'oauth' && subjectClaims.join() === 'sub' && protocol === 'oauth') {
    yield note(
      'upstream.subject',
      'is sub: make sure that userinfo has it, and never gives it to others',
    )
  }
  if (
    preset === 'entra' &&
    tenants === undefined &&
    /\/(organizations|common)\//.test(upstream.issuer)
  ) {
    yield note(
      'UPSTREAM_TENANTS',
      'is *: people of every tenant may sign in, unless access.rules say more',
    )
  }
  if (preset === 'google' && tenants === undefined) {
    yield note(
      'UPSTREAM_TENANTS',
      `is empty: everybody with a Google account may sign in, unless access.rules say more (${tenantClaim})`,
    )
  }
  const { verifiedEmail } = upstream
  if (typeof verifiedEmail === 'object') {
    yield note(
      'upstream.verifiedEmail',
      `addresses count only for people with the claim ${verifiedEmail.claim}: add it at the provider if rules name addresses or domains`,
    )
  }
}

function* checkCredentials({
  authMethod,
  clientSecret,
  privateKey,
}: UpstreamConfig): Generator<Finding> {
  const needsSecret = authMethod === 'client_secret_basic' || authMethod === 'client_secret_post'
  if (needsSecret && clientSecret === undefined) {
    yield problem('UPSTREAM_CLIENT_SECRET', `is required with ${authMethod}`)
  } else if (authMethod !== 'none' && clientSecret === undefined && privateKey === undefined) {
    yield note(
      'UPSTREAM_CLIENT_SECRET',
      'is not set: this server is a public client of the provider',
    )
  }
  if (authMethod === 'none' && clientSecret !== undefined) {
    yield note('UPSTREAM_CLIENT_SECRET', 'is set and not used: UPSTREAM_AUTH_METHOD is none')
  }
}

function* checkParameters(upstream: UpstreamConfig): Generator<Finding> {
  const { parameters, dropParameters, preset, scope, refreshTokens } = upstream
  const rejected = dropParameters.filter((name) => Object.hasOwn(parameters, name))
  if (rejected.length > 0) {
    yield problem(
      'UPSTREAM_PARAMS',
      `has ${rejected.join(', ')}, which is left out: ${preset} rejects or ignores it`,
    )
  }
  if (refreshTokens === 'first consent' && scope.split(' ').includes('offline_access')) {
    yield problem('UPSTREAM_SCOPES', 'has offline_access, which this provider rejects')
  }
}

function* checkRules({ access, upstream }: Config): Generator<Finding> {
  if (access.rules.length === 0) {
    yield note(
      'access.rules',
      'is empty: everybody whom the upstream signs in may use every MCP server',
    )
  }
  const named = access.rules.filter(({ when }) => when && namesEmail(when))
  if (named.length > 0 && upstream.verifiedEmail === 'never') {
    const names = named.map(({ name }) => `"${name}"`).join(', ')
    yield problem(
      'upstream.verifiedEmail',
      `is never, so the conditions of ${names} on addresses and domains are never met`,
    )
  }
  if (Object.keys(upstream.accessClaims).length > 0 && upstream.userinfo === 'never') {
    yield note(
      'upstream.userinfo',
      'is never: claims of access.claims that the ID token lacks are absent',
    )
  }
}

function namesEmail(condition: AccessCondition): boolean {
  switch (condition.kind) {
    case 'email':
    case 'emailDomain':
      return true
    case 'all':
    case 'any':
      return condition.conditions.some(namesEmail)
    case 'not':
      return namesEmail(condition.condition)
    case 'claim':
      return false
  }
}

function* checkRefreshTokens(config: Config): Generator<Finding> {
  const { upstream, resourceServers } = config
  const exchanging = resourceServers.filter(({ upstreamTokens }) => upstreamTokens !== undefined)
  if (exchanging.length > 0 && upstream.refreshTokens === 'none') {
    yield note(
      'resourceServers.upstreamTokens',
      'the provider gives no refresh tokens: people sign in again when its access token expires',
    )
  }
  const { isOn } = config.revalidation
  if (isOn && upstream.refreshTokens === 'none' && upstream.revalidation === 'refresh') {
    yield problem(
      'upstream.refreshTokens',
      'is none, so nobody can be re-validated by refresh: people sign in again within revalidation.unverifiedLifetimeSeconds. Set upstream.revalidation to userinfo, or have the provider give refresh tokens',
    )
  }
  if (upstream.needsRefreshTokens && upstream.refreshTokens === 'offline_access') {
    yield note(
      'upstream.refreshTokens',
      'allow refresh tokens (offline_access) for this client at the provider',
    )
  }
  for (const { message, ...fields } of adviseOnRevalidation(config)) {
    const [field = '', value = ''] = Object.entries(fields)[0] ?? []
    yield note('revalidation', `${message} (${field}: ${value})`)
  }
}
