// The authorization request: what the preset and the operator say, and what this sign-in needs.
import {
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'

export interface LoginRequest {
  /** `login`: the client requires a fresh login. `select_account`: the person asked for another account. */
  readonly prompt: 'login' | 'select_account' | undefined
  /** 0 for a fresh login. With it, the upstream must send `auth_time` (OpenID Connect Core §2). */
  readonly maxAgeSeconds: number | undefined
  readonly loginHint: string | undefined
  /** Beyond those of the configuration. */
  readonly scopes?: readonly string[] | undefined
}

export interface BegunLogin {
  readonly url: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export async function beginLogin(
  configuration: Configuration,
  upstream: UpstreamConfig,
  request: LoginRequest,
): Promise<BegunLogin> {
  const server = configuration.serverMetadata()
  const begun = {
    state: randomState(),
    nonce: randomNonce(),
    codeVerifier: randomPKCECodeVerifier(),
  }
  const refresh = upstream.needsRefreshTokens ? upstream.refreshParameters : {}
  const prompt = promptOf(server, upstream, request)
  const ours: Record<string, string> = {
    nonce: begun.nonce,
    ...(prompt === undefined ? {} : { prompt }),
    ...(request.maxAgeSeconds === undefined ? {} : { max_age: String(request.maxAgeSeconds) }),
    ...(request.loginHint === undefined ? {} : { login_hint: request.loginHint }),
  }
  const optional: Record<string, string> = { ...refresh, ...upstream.parameters, ...ours }
  // Those of UPSTREAM_PARAMS too: the provider rejects them, whoever adds them.
  for (const name of upstream.dropParameters) delete optional[name]
  const url = buildAuthorizationUrl(configuration, {
    ...optional,
    response_type: 'code',
    redirect_uri: upstream.redirectUri,
    scope: requestedScope(upstream, server, request.scopes),
    state: begun.state,
    code_challenge: await calculatePKCECodeChallenge(begun.codeVerifier),
    code_challenge_method: 'S256',
  })
  if (upstream.percentEncodedSpaces) url.search = url.search.replaceAll('+', '%20')
  return { ...begun, url: url.href }
}

/** Some providers reject scopes that they do not list. */
function requestedScope(
  { scope, needsRefreshTokens, refreshScopes }: UpstreamConfig,
  { scopes_supported: supported }: Pick<ServerMetadata, 'scopes_supported'>,
  further: readonly string[] = [],
): string {
  const asked = scope.split(' ')
  const added = needsRefreshTokens
    ? refreshScopes.split(' ').filter((name) => supported?.includes(name) !== false)
    : []
  return [...new Set([...asked, ...further, ...added])].join(' ').trim()
}

/** OpenID Connect Core §3.1.2.1: several values, unless one of them is `none`. */
function promptOf(
  server: ServerMetadata,
  { needsRefreshTokens, refreshParameters, parameters }: UpstreamConfig,
  request: LoginRequest,
): string | undefined {
  const configured = parameters['prompt']
  const first = request.prompt === undefined ? configured : supportedPrompt(server, request.prompt)
  const added =
    needsRefreshTokens && configured !== 'none' ? refreshParameters['prompt'] : undefined
  const all = [first, added].filter((value) => value !== undefined)
  return all.length === 0 ? undefined : [...new Set(all)].join(' ')
}

/** Not every provider supports `select_account`, but `login` is required (OpenID Connect Core §3.1.2.1). */
function supportedPrompt(server: ServerMetadata, prompt: 'login' | 'select_account'): string {
  const supported: unknown = server['prompt_values_supported']
  const canSelect = Array.isArray(supported) && supported.includes('select_account')
  return prompt === 'select_account' && canSelect ? 'select_account' : 'login'
}
