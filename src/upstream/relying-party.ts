// Our client of the upstream OpenID provider. openid-client implements the protocol and its checks; upstream-errors.ts
// translates its errors into ours. discovered-upstream.ts does discovery, upstream-keys.ts caches the keys,
// authorization-response.ts checks the callback's parameters, and token-refresh.ts asks again about a person.
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { withDeadline } from '../deadline.ts'
import { AppError } from '../errors.ts'
import { checkAuthorizationResponse } from './authorization-response.ts'
import {
  CLOCK_TOLERANCE_SECONDS,
  configure,
  createDiscoveredUpstream,
} from './discovered-upstream.ts'
import { type Identity, needsUserinfo, parseIdentity, type UpstreamTokens } from './identity.ts'
import { type KeepTokens, parseTokens, readIdentity, refreshIdentity } from './token-refresh.ts'
import {
  addOperatorHint,
  isCausedByResponse,
  isEndOfGrant,
  toErrorCode,
} from './upstream-errors.ts'
import { createUpstreamKeys } from './upstream-keys.ts'

export interface LoginRequest {
  /** `login`: the client requires a fresh login. `select_account`: the person asked for another account. */
  readonly prompt: 'login' | 'select_account' | undefined
  /** 0 for a fresh login. With it, the upstream must send `auth_time` (OpenID Connect Core §2). */
  readonly maxAgeSeconds: number | undefined
  readonly loginHint: string | undefined
  /** Beyond those of the configuration. */
  readonly scopes?: readonly string[] | undefined
}

interface BegunLogin {
  readonly url: string
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export interface RelyingParty {
  /** Fetches the discovery document, so that a wrong setting is found before anyone signs in. */
  check(): Promise<void>
  /** @throws AppError upstream_unavailable, upstream_failed */
  begin(request: LoginRequest): Promise<BegunLogin>
  /**
   * Redeems the upstream's response and checks `iss`, `state`, `nonce`, PKCE and the ID token's signature.
   * domain/login.ts checks `auth_time`.
   * @param search the query of the callback request
   * @throws AppError invalid_callback, upstream_denied, upstream_unavailable, upstream_failed
   */
  complete(
    search: string,
    begun: { state: string; nonce: string; codeVerifier: string },
  ): Promise<Identity>
  /**
   * Uses the refresh token. The identity has the new tokens.
   * @param keep called with the new tokens as they were sent, before anything that can fail
   * @throws AppError upstream_grant_ended (for invalid_grant alone), upstream_unavailable, upstream_failed
   */
  refresh(tokens: UpstreamTokens, keep: KeepTokens): Promise<Identity>
  /** Asks with the access token. @throws AppError upstream_unavailable, upstream_failed */
  readUserinfo(tokens: UpstreamTokens): Promise<Identity>
}

/** For all requests of one half of a login together. Each request has a shorter timeout of its own. */
const DEADLINE_MS = 8000

export function createRelyingParty(
  options: Parameters<typeof createDiscoveredUpstream>[0],
): RelyingParty {
  const { upstream, now } = options
  const discovered = createDiscoveredUpstream(options)
  const keys = createUpstreamKeys(options)

  async function redeem(
    search: string,
    begun: Parameters<RelyingParty['complete']>[1],
  ): Promise<Identity> {
    const server = (await discovered.get()).serverMetadata()
    const configuration = configure(upstream, server, keys.createLoginFetch(server))
    // Built from the configured URI, because the request's host is not trustworthy (RFC 9700 §4.13).
    const callback = new URL(upstream.redirectUri)
    callback.search = search
    checkAuthorizationResponse(callback.searchParams, begun.state, configuration.serverMetadata())
    const tokens = await authorizationCodeGrant(configuration, callback, {
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      pkceCodeVerifier: begun.codeVerifier,
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (!claims) throw new Error('the token response has no ID token')
    // OpenID Connect Core §3.1.3.7, step 10: the library does not check `iat`.
    if (claims.iat > now() / 1000 + CLOCK_TOLERANCE_SECONDS) {
      throw new Error('the ID token was issued in the future')
    }
    const given = parseTokens(tokens, now())
    const hasUserinfo = server.userinfo_endpoint !== undefined
    if (!hasUserinfo || !needsUserinfo(claims, upstream.scope)) {
      return { ...parseIdentity(claims), tokens: given }
    }
    const userinfo = await fetchUserInfo(configuration, tokens.access_token, claims.sub)
    return { ...parseIdentity(claims, userinfo), tokens: given }
  }

  async function refresh(tokens: UpstreamTokens, keep: KeepTokens): Promise<Identity> {
    const server = (await discovered.get()).serverMetadata()
    const configuration = configure(upstream, server, keys.createLoginFetch(server))
    try {
      return await refreshIdentity({ configuration, scope: upstream.scope, tokens, keep, now })
    } catch (cause) {
      throw isEndOfGrant(cause) ? new AppError('upstream_grant_ended', { cause }) : cause
    }
  }

  async function prepare(request: LoginRequest): Promise<BegunLogin> {
    const configuration = await discovered.get()
    const begun = {
      state: randomState(),
      nonce: randomNonce(),
      codeVerifier: randomPKCECodeVerifier(),
    }
    const url = buildAuthorizationUrl(configuration, {
      ...upstream.parameters,
      response_type: 'code',
      redirect_uri: upstream.redirectUri,
      scope: joinScopes(upstream.scope, request.scopes),
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await calculatePKCECodeChallenge(begun.codeVerifier),
      code_challenge_method: 'S256',
      ...(request.prompt === undefined ? {} : { prompt: supportedPrompt(configuration, request) }),
      ...(request.maxAgeSeconds === undefined ? {} : { max_age: String(request.maxAgeSeconds) }),
      ...(request.loginHint === undefined ? {} : { login_hint: request.loginHint }),
    })
    return { ...begun, url: url.href }
  }

  /** Gives one half of a login a deadline, and translates its errors. */
  async function guard<T>(half: Promise<T>): Promise<T> {
    try {
      return await withDeadline(half, DEADLINE_MS)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const code = toErrorCode(cause)
      if (code === 'upstream_failed' && !isCausedByResponse(cause)) discovered.expire()
      throw new AppError(code, { cause: addOperatorHint(cause) })
    }
  }

  return {
    check: async () => void (await guard(discovered.get())),
    begin: (request) => guard(prepare(request)),
    complete: (search, begun) => guard(redeem(search, begun)),
    refresh: (tokens, keep) => guard(refresh(tokens, keep)),
    readUserinfo: (tokens) =>
      guard(discovered.get().then((configuration) => readIdentity(configuration, tokens))),
  }
}

/** Not every provider supports `select_account`, but `login` is required (OpenID Connect Core §3.1.2.1). */
function supportedPrompt(configuration: Configuration, { prompt }: LoginRequest): string {
  const supported: unknown = configuration.serverMetadata()['prompt_values_supported']
  const canSelect = Array.isArray(supported) && supported.includes('select_account')
  return prompt === 'select_account' && canSelect ? 'select_account' : 'login'
}

function joinScopes(scope: string, more: readonly string[] = []): string {
  return [...new Set([...scope.split(' '), ...more])].join(' ')
}
