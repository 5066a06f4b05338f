// Our client of the upstream. openid-client implements the protocol and its checks. discovered-upstream.ts does
// discovery, authorization-request.ts and authorization-response.ts the redirects, token-requests.ts the token endpoint,
// person.ts the claims, and upstream-errors.ts translates errors.
import {
  authorizationCodeGrant,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client'
import { withDeadline } from '../deadline.ts'
import { AppError } from '../errors.ts'
import { type BegunLogin, beginLogin, type LoginRequest } from './authorization-request.ts'
import { checkAuthorizationResponse } from './authorization-response.ts'
import { CLOCK_TOLERANCE_SECONDS, createDiscoveredUpstream } from './discovered-upstream.ts'
import type { Identity, UpstreamTokens } from './identity.ts'
import { isTemplate } from './issuer-template.ts'
import { identify } from './person.ts'
import { type KeepTokens, parseTokens } from './token-refresh.ts'
import { createTokenRequests } from './token-requests.ts'
import { isCausedByResponse, toAppError, toRefreshError } from './upstream-errors.ts'
import { createUpstreamKeys } from './upstream-keys.ts'

export interface RelyingParty {
  /** Fetches the discovery document, so that a wrong setting is found before anyone signs in. */
  check(): Promise<void>
  /** @throws AppError upstream_unavailable, upstream_failed */
  begin(request: LoginRequest): Promise<BegunLogin>
  /**
   * Redeems the upstream's response and checks `iss`, `state`, `nonce`, PKCE and the ID token's signature.
   * domain/login.ts checks `auth_time`.
   * @param search the query of the callback request
   * @throws AppError invalid_callback, upstream_denied, upstream_account_refused, upstream_unavailable, upstream_failed
   */
  complete(
    search: string,
    begun: { state: string; nonce: string; codeVerifier: string },
  ): Promise<Identity>
  /**
   * Uses the refresh token. The identity has the new tokens. The caller checks that it is the person whose they are.
   * @param keep called with the new tokens as they were sent, before anything that can fail
   * @throws AppError upstream_grant_ended (for invalid_grant alone), upstream_account_refused, upstream_unavailable,
   * upstream_failed
   */
  refresh(tokens: UpstreamTokens, keep: KeepTokens): Promise<Identity>
  /**
   * Asks userinfo (or the provider's API) again, with an access token that may have expired. The caller checks `sub`.
   * @throws AppError upstream_grant_ended (401 for a token that has not expired), and the others of `refresh`
   */
  readUserinfo(tokens: UpstreamTokens): Promise<Identity>
}

/** For all requests of one half of a login together. Each request has a shorter timeout of its own. */
const DEADLINE_MS = 8000

export function createRelyingParty(
  options: Parameters<typeof createDiscoveredUpstream>[0],
): RelyingParty {
  const { upstream, now } = options
  const isOpenid = upstream.protocol === 'openid'
  const discovered = createDiscoveredUpstream(options)
  const requests = createTokenRequests({ upstream, keys: createUpstreamKeys(options) })

  async function redeem(
    search: string,
    begun: Parameters<RelyingParty['complete']>[1],
  ): Promise<Identity> {
    const server = (await discovered.get()).serverMetadata()
    // Built from the configured URI, because the request's host is not trustworthy (RFC 9700 §4.13).
    const callback = new URL(upstream.redirectUri)
    callback.search = search
    checkAuthorizationResponse(callback.searchParams, begun.state, server)
    // The library would compare it with the template.
    if (isTemplate(server)) callback.searchParams.delete('iss')
    const { result: answer, configuration } = await requests.send(server, (configuration) =>
      authorizationCodeGrant(configuration, callback, {
        expectedState: begun.state,
        ...(isOpenid ? { expectedNonce: begun.nonce } : {}),
        pkceCodeVerifier: begun.codeVerifier,
        idTokenExpected: isOpenid,
      }),
    )
    const idToken = readIdToken(answer)
    const identity = await identify(upstream, configuration, {
      idToken,
      accessToken: answer.access_token,
    })
    return { ...identity, tokens: parseTokens(answer, now()) }
  }

  function readIdToken(answer: TokenEndpointResponse & TokenEndpointResponseHelpers) {
    if (!isOpenid) return undefined
    const claims = answer.claims()
    // OpenID Connect Core §3.1.3.7, step 10: the library does not check `iat`.
    if (claims && claims.iat > now() / 1000 + CLOCK_TOLERANCE_SECONDS) {
      throw new Error('the ID token was issued in the future')
    }
    return claims
  }

  async function refresh(tokens: UpstreamTokens, keep: KeepTokens): Promise<Identity> {
    const { refreshToken } = tokens
    if (refreshToken === undefined) throw new TypeError('there is no refresh token')
    const server = (await discovered.get()).serverMetadata()
    let renewed = tokens
    const { result: answer, configuration } = await requests.send(
      server,
      (configuration) => refreshTokenGrant(configuration, refreshToken),
      async (raw) => {
        const given = parseTokens(raw, now())
        if (!given) return
        // RFC 6749 §6: without a new one, the old one stays valid.
        renewed = { ...given, refreshToken: given.refreshToken ?? refreshToken }
        await keep(given)
      },
    )
    const idToken = readIdToken(answer)
    const accessToken = answer.access_token
    return {
      ...(await identify(upstream, configuration, { idToken, accessToken })),
      tokens: renewed,
    }
  }

  async function readUserinfo(tokens: UpstreamTokens): Promise<Identity> {
    const { accessToken, expiresAtMs = Number.POSITIVE_INFINITY } = tokens
    if (expiresAtMs <= now()) throw new Error('the access token of the upstream has expired')
    const configuration = await discovered.get()
    const identity = await identify(upstream, configuration, { idToken: undefined, accessToken })
    return { ...identity, tokens }
  }

  /** Gives one half of a login a deadline, and translates its errors. */
  async function guard<T>(half: Promise<T>, translate = toAppError): Promise<T> {
    try {
      return await withDeadline(half, DEADLINE_MS)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const error = translate(cause)
      if (error.code === 'upstream_failed' && !isCausedByResponse(cause)) discovered.expire()
      throw error
    }
  }

  return {
    check: async () => void (await guard(discovered.get())),
    begin: (request) =>
      guard(discovered.get().then((server) => beginLogin(server, upstream, request))),
    complete: (search, begun) => guard(redeem(search, begun)),
    refresh(tokens, keep) {
      let isAnswered = false
      const kept = async (given: UpstreamTokens) => {
        isAnswered = true
        await keep(given)
      }
      // The upstream has just accepted the refresh token: whatever fails afterwards is trouble, not an end.
      return guard(refresh(tokens, kept), (error) =>
        isAnswered ? toAppError(error) : toRefreshError(error),
      )
    },
    readUserinfo: (tokens) => guard(readUserinfo(tokens), toRefreshError),
  }
}
