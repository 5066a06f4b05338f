// The person of a sign-in: the claims of the ID token, and the claims that it lacks from userinfo and the provider's API.
import {
  type Configuration,
  fetchProtectedResource,
  fetchUserInfo,
  skipSubjectCheck,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import type { ClaimSource } from '../config/access/claim-sources.ts'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { isObject, type Members } from '../oauth/json-members.ts'
import type { ClaimsApi } from './apis/claims-api.ts'
import { addGitHubClaims } from './apis/github.ts'
import { addGroups } from './apis/microsoft-graph.ts'
import { type Identity, isThin, parseIdentity } from './identity.ts'
import { AccessTokenRefused } from './upstream-errors.ts'

const APIS: Readonly<Record<NonNullable<UpstreamConfig['api']>, ClaimsApi>> = {
  github: addGitHubClaims,
  'microsoft-graph': addGroups,
}

/**
 * @param idToken its verified claims; undefined: userinfo says who the person is, and the caller checks that it is the
 * one that it expects
 * @throws AccessTokenRefused, UpstreamUnreachable, and the errors of openid-client and parseIdentity
 */
export async function identify(
  upstream: UpstreamConfig,
  configuration: Configuration,
  { idToken, accessToken }: { idToken: Members | undefined; accessToken: string },
): Promise<Identity> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata()
  const isWanted =
    idToken === undefined ||
    upstream.userinfo === 'always' ||
    (upstream.userinfo === 'thin' && isThin(idToken, upstream))
  if (idToken === undefined && endpoint === undefined) {
    throw new Error('the upstream sent no ID token, and has no userinfo endpoint')
  }

  async function request(url: string, body?: Members) {
    const response = await fetchProtectedResource(
      configuration,
      accessToken,
      new URL(url),
      body === undefined ? 'GET' : 'POST',
      body === undefined ? undefined : JSON.stringify(body),
      new Headers({ accept: 'application/json', 'content-type': 'application/json' }),
    ).catch(throwRefusal)
    if (response.status === 401) throw new AccessTokenRefused(`${new URL(url).host} answered 401`)
    if (response.status !== 200) {
      throw new Error(`${new URL(url).host} answered HTTP ${response.status}`)
    }
    const answer: unknown = await response.json()
    return { body: answer, headers: response.headers }
  }

  /** The upstream has just issued the token, or accepted it at userinfo: that an API rejects it does not end the sign-in. */
  async function requestApi(url: string, body?: Members) {
    try {
      return await request(url, body)
    } catch (error) {
      if (!(error instanceof AccessTokenRefused)) throw error
      throw new Error(`${new URL(url).host} rejects an access token that the upstream accepts`)
    }
  }

  async function requestUserinfo(url: string): Promise<Members> {
    if (upstream.protocol === 'openid') {
      const sub = idToken?.['sub']
      const expected = typeof sub === 'string' ? sub : skipSubjectCheck
      return fetchUserInfo(configuration, accessToken, expected)
    }
    const { body: claims } = await request(url)
    if (!isObject(claims)) throw new Error('userinfo is no JSON object')
    return claims
  }

  const userinfo =
    isWanted && endpoint !== undefined
      ? await requestUserinfo(endpoint).catch(throwRefusal)
      : undefined
  const claims = { ...userinfo, ...idToken }
  const api = upstream.api && endpoint !== undefined ? APIS[upstream.api] : undefined
  const all =
    api === undefined || endpoint === undefined
      ? claims
      : await api({
          claims,
          endpoint,
          request: requestApi,
          wants: (name) => wants(upstream, name),
        })
  const isPartial = idToken === undefined && upstream.protocol === 'openid'
  return { ...parseIdentity(idToken ?? all, all, upstream), isPartial }
}

function throwRefusal(error: unknown): never {
  if (error instanceof WWWAuthenticateChallengeError && error.status === 401) {
    throw new AccessTokenRefused('the upstream no longer accepts the access token', {
      cause: error,
    })
  }
  throw error
}

/** Whether `access.claims` has the claim, or one in it. */
function wants({ accessClaims }: UpstreamConfig, name: string): boolean {
  return Object.values(accessClaims).some((source) => firstStep(source) === name)
}

function firstStep(source: ClaimSource): string | undefined {
  if (Array.isArray(source)) return source[0]
  return typeof source === 'string' ? source.split('.')[0] : firstStep(source['keys-of'])
}
