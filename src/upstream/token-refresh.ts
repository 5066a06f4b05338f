// Asks the upstream again about a person who signed in earlier: by a refresh grant (RFC 6749 §6, OpenID Connect Core
// §12), or by userinfo with the access token that is there. relying-party.ts translates the errors.
import {
  type Configuration,
  type CustomFetch,
  customFetch,
  fetchUserInfo,
  refreshTokenGrant,
  skipSubjectCheck,
} from 'openid-client'
import { isObject } from '../oauth/json-members.ts'
import { type Identity, needsUserinfo, parseIdentity, type UpstreamTokens } from './identity.ts'

/** Called as soon as the tokens are there: whatever fails afterwards, they may be the only ones that still work. */
export type KeepTokens = (tokens: UpstreamTokens) => Promise<void>

/** @throws TypeError without a refresh token; errors of openid-client */
export async function refreshIdentity(options: {
  configuration: Configuration
  scope: string
  tokens: UpstreamTokens
  keep: KeepTokens
  now: () => number
}): Promise<Identity> {
  const { configuration, tokens, keep, now } = options
  if (tokens.refreshToken === undefined) throw new TypeError('there is no refresh token')
  const server = configuration.serverMetadata()
  let renewed = tokens
  const fetch = configuration[customFetch]
  // The library hands tokens out only once it has verified the ID token, which can fail.
  configuration[customFetch] = async (url, request) => {
    const response = await (fetch as CustomFetch)(url, request)
    if (request.method === 'POST' && response.status === 200) {
      const given = parseTokens(await response.clone().json(), now())
      if (given) {
        renewed = { ...given, refreshToken: given.refreshToken ?? tokens.refreshToken }
        await keep(given)
      }
    }
    return response
  }
  const answer = await refreshTokenGrant(configuration, tokens.refreshToken)
  const claims = answer.claims()
  const hasUserinfo = server.userinfo_endpoint !== undefined
  if (claims && !(hasUserinfo && needsUserinfo(claims, options.scope))) {
    return { ...parseIdentity(claims), tokens: renewed }
  }
  const subject = claims?.sub ?? skipSubjectCheck // domain/account.ts compares it with the account's
  const userinfo = await fetchUserInfo(configuration, answer.access_token, subject)
  return { ...parseIdentity(claims ?? userinfo, userinfo), tokens: renewed }
}

export async function readIdentity(
  configuration: Configuration,
  tokens: UpstreamTokens,
): Promise<Identity> {
  const userinfo = await fetchUserInfo(configuration, tokens.accessToken, skipSubjectCheck)
  return { ...parseIdentity(userinfo), tokens }
}

/** The tokens of a token response; undefined if it has none. */
export function parseTokens(response: unknown, nowMs: number): UpstreamTokens | undefined {
  if (!isObject(response)) return undefined
  const { access_token, refresh_token, expires_in, scope } = response
  if (typeof access_token !== 'string') return undefined
  // Some providers send a number as a string. 0 means that the upstream does not say (Keycloak's offline sessions).
  const seconds = Number(expires_in)
  return {
    accessToken: access_token,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : undefined,
    expiresAtMs: seconds > 0 ? nowMs + seconds * 1000 : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
  }
}
