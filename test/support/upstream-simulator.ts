// Providers as they are in the field, one at a time: an http server on loopback that signs real JWTs, with a switch for
// each thing that a provider does differently. It answers for the provider's own hosts: `fetch` takes any URL to it.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { compactVerify, decodeJwt, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { listen } from '../../scripts/dev/listen.ts'
import type { UpstreamFetch } from '../../src/upstream/upstream-fetch.ts'

type Members = Readonly<Record<string, unknown>>

export interface Quirks {
  /** As UPSTREAM_ISSUER has it. */
  readonly issuer: string
  /** Of the discovery document, if it is another, such as a template. */
  readonly discoveredIssuer?: string
  /** Of ID tokens, if it is another. */
  readonly tokenIssuer?: string
  /** The `aud` of ID tokens, if it is not the client. */
  readonly audience?: string
  /** Override the members of the discovery document; undefined omits one. Undefined: there is no document. */
  readonly metadata?: Members | undefined
  readonly endpoints?: Partial<Endpoints>
  /** Beyond iss, aud, exp, iat and nonce. Undefined: plain OAuth 2.0. */
  readonly idToken: Members | undefined
  readonly userinfo?: Members | undefined
  /** What other URLs answer, by URL: `GET` with the access token. */
  readonly api?: Readonly<Record<string, unknown>>
  /** Headers of those answers, by URL. */
  readonly apiHeaders?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The scope without which a URL answers 403. Userinfo is one of them. */
  readonly neededScopes?: Readonly<Record<string, string>>
  /** The scope without which ID token and userinfo lack a claim. */
  readonly claimScopes?: Readonly<Record<string, string>>
  readonly alg?: 'RS256' | 'ES256' | 'HS256'
  /** Which method the token endpoint accepts. */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none'
  /** Of the client. Undefined: any is accepted. */
  readonly clientSecret?: string
  /** What client assertions must have. */
  readonly assertions?: {
    readonly publicKey: Members
    readonly audience: string
    readonly header: Members
  }
  /** Whether the server is from before PKCE, and ignores its parameters. */
  readonly ignoresPkce?: boolean
  /** When a sign-in brings a refresh token. */
  readonly refreshTokens:
    | 'always'
    | 'offline_access'
    | 'with prompt=consent'
    | 'offline type'
    | 'never'
  /** Whether each refresh token works once. */
  readonly rotates?: boolean
  /** Whether the second use of one ends all that came from the same sign-in. */
  readonly detectsReuse?: boolean
  /** With more, the oldest stops working. */
  readonly liveRefreshTokens?: number
  /** Of the token response: `refresh_expires_in` of Keycloak, for example. */
  readonly tokenMembers?: Members
  /** Whether the answer to a refresh has an ID token. */
  readonly refreshSendsIdToken?: boolean
  /** Errors of the token endpoint come with status 200, in GitHub's words. */
  readonly errorsAs200?: boolean
  /** The authorization endpoint rejects these scopes, parameters, and `+` for a space. */
  readonly rejectedScopes?: readonly string[]
  readonly rejectedParameters?: readonly string[]
  readonly rejectsPlus?: boolean
  readonly expiresIn?: number | string | undefined
  /** Of the authorization response. */
  readonly iss?: string
}

interface Endpoints {
  readonly authorization: string
  readonly token: string
  readonly userinfo: string
  readonly jwks: string
}

export interface UpstreamSimulator {
  /** May change between requests. */
  quirks: Quirks
  /** Ends the person's refresh and access tokens. */
  end(): void
  readonly fetch: UpstreamFetch
  /** The redirect that a browser gets at an authorization URL. */
  authorize(url: string): Promise<URL>
  /** The parameters of the last authorization request. */
  readonly lastRequest: URLSearchParams
  /** The URLs that were asked so far. */
  readonly urls: string[]
  close(): Promise<void>
}

const KEYS = { RS256: generateKeyPair('RS256'), ES256: generateKeyPair('ES256') }
const HMAC_KEY = randomBytes(32)
const CLIENT_ID = 'mcp-oidc-server'
const token = (kind: string) => `${kind}-${randomBytes(16).toString('base64url')}`

export async function startUpstreamSimulator(quirks: Quirks): Promise<UpstreamSimulator> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const codes = new Map<string, { parameters: URLSearchParams }>()
  /** With the scopes of their sign-in. */
  const refreshTokens = new Map<string, readonly string[]>()
  const usedRefreshTokens = new Set<string>()
  const accessTokens = new Map<string, readonly string[]>()
  let hasConsented = false

  const endpointsOf = ({ issuer, endpoints }: Quirks): Endpoints => {
    const base = issuer.replace(/\/$/, '')
    return {
      authorization: `${base}/authorize`,
      token: `${base}/token`,
      userinfo: `${base}/userinfo`,
      jwks: `${base}/jwks`,
      ...endpoints,
    }
  }

  function authorize(url: URL, response: ServerResponse): void {
    const parameters = url.searchParams
    simulator.lastRequest = parameters
    const scopes = (parameters.get('scope') ?? '').split(' ')
    const { rejectedScopes = [], rejectedParameters = [], rejectsPlus, iss } = simulator.quirks
    const { ignoresPkce = false } = simulator.quirks
    const isWrong =
      scopes.some((scope) => rejectedScopes.includes(scope)) ||
      rejectedParameters.some((name) => parameters.has(name)) ||
      (rejectsPlus === true && url.search.includes('+')) ||
      (!ignoresPkce && parameters.get('code_challenge_method') !== 'S256') ||
      parameters.get('client_id') !== CLIENT_ID
    const answer = new URL(parameters.get('redirect_uri') ?? '')
    answer.searchParams.set('state', parameters.get('state') ?? '')
    if (iss !== undefined) answer.searchParams.set('iss', iss)
    if (isWrong) answer.searchParams.set('error', 'invalid_scope')
    else {
      const code = token('code')
      codes.set(code, { parameters })
      answer.searchParams.set('code', code)
    }
    response.writeHead(303, { location: answer.href }).end()
  }

  function givesRefreshToken(parameters: URLSearchParams): boolean | undefined {
    const asks = (name: string, value: string) => parameters.get(name)?.split(' ').includes(value)
    const isOffline = asks('scope', 'offline_access') === true
    switch (simulator.quirks.refreshTokens) {
      case 'always':
        return true
      case 'offline_access':
        return isOffline
      case 'with prompt=consent':
        return isOffline && asks('prompt', 'consent') === true
      case 'offline type':
        return (
          asks('access_type', 'offline') === true && (!hasConsented || asks('prompt', 'consent'))
        )
      case 'never':
        return false
    }
  }

  /** RFC 6749 §2.3.1: each part is encoded as in a form. */
  function isBasic(header: string, secret: string | undefined): boolean {
    const [id = '', given = ''] = Buffer.from(header.slice('Basic '.length), 'base64')
      .toString()
      .split(':')
      .map((part) => decodeURIComponent(part.replaceAll('+', ' ')))
    return id === CLIENT_ID && given !== '' && given === (secret ?? given)
  }

  async function isClient(request: IncomingMessage, form: URLSearchParams): Promise<boolean> {
    const { authMethod = 'client_secret_basic', assertions, clientSecret } = simulator.quirks
    const { authorization = '' } = request.headers
    const isNamed = form.get('client_id') === CLIENT_ID
    const secret = form.get('client_secret')
    if (authMethod === 'client_secret_basic') {
      return authorization.startsWith('Basic ') && isBasic(authorization, clientSecret)
    }
    if (authorization !== '') return false
    if (authMethod === 'client_secret_post') {
      return isNamed && secret !== null && secret === (clientSecret ?? secret)
    }
    if (secret !== null) return false
    if (authMethod === 'none') return isNamed
    const assertion = form.get('client_assertion') ?? ''
    if (!assertions) return false
    const key = await importJWK({ ...assertions.publicKey }, 'RS256')
    const { protectedHeader } = await compactVerify(assertion, key)
    const { aud, iss, sub } = decodeJwt(assertion)
    const isHeader = Object.entries(assertions.header).every(
      ([name, value]) => protectedHeader[name] === value,
    )
    return isHeader && aud === assertions.audience && iss === CLIENT_ID && sub === CLIENT_ID
  }

  async function answerToken(request: IncomingMessage): Promise<[number, Members]> {
    const form = new URLSearchParams(await text(request))
    const { errorsAs200, rotates, idToken, refreshSendsIdToken, expiresIn } = simulator.quirks
    const { ignoresPkce, detectsReuse, liveRefreshTokens, tokenMembers } = simulator.quirks
    const fail = (error: string, inGitHubsWords: string): [number, Members] =>
      errorsAs200
        ? [200, { error: inGitHubsWords }]
        : [error === 'invalid_client' ? 401 : 400, { error }]
    if (!(await isClient(request, form)))
      return fail('invalid_client', 'incorrect_client_credentials')
    const isRefresh = form.get('grant_type') === 'refresh_token'
    const code = form.get('code') ?? ''
    const issued = codes.get(code)
    codes.delete(code)
    const presented = form.get('refresh_token') ?? ''
    if (detectsReuse && usedRefreshTokens.has(presented)) refreshTokens.clear()
    const scopes = refreshTokens.get(presented) ?? issued?.parameters.get('scope')?.split(' ') ?? []
    if (isRefresh ? !refreshTokens.has(presented) : !issued) {
      return fail('invalid_grant', isRefresh ? 'bad_refresh_token' : 'bad_verification_code')
    }
    if (issued && !ignoresPkce) {
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
      const expected = issued.parameters.get('code_challenge')
      if (challenge.digest('base64url') !== expected) {
        return fail('invalid_grant', 'bad_verification_code')
      }
    }
    const accessToken = token('access')
    accessTokens.set(accessToken, scopes)
    const isGiven = isRefresh ? rotates === true : issued && givesRefreshToken(issued.parameters)
    if (isRefresh && rotates) {
      refreshTokens.delete(presented)
      usedRefreshTokens.add(presented)
    }
    hasConsented = true
    const refreshToken = isGiven ? token('refresh') : undefined
    if (refreshToken) refreshTokens.set(refreshToken, scopes)
    const [oldest = ''] = refreshTokens.keys()
    if (refreshTokens.size > (liveRefreshTokens ?? refreshTokens.size)) refreshTokens.delete(oldest)
    const hasIdToken = idToken !== undefined && (!isRefresh || refreshSendsIdToken !== false)
    return [
      200,
      {
        access_token: accessToken,
        token_type: 'bearer',
        expires_in: 'expiresIn' in simulator.quirks ? expiresIn : 3600,
        refresh_token: refreshToken,
        id_token: hasIdToken
          ? await signIdToken(issued?.parameters.get('nonce'), scopes)
          : undefined,
        ...tokenMembers,
      },
    ]
  }

  /** What the scopes let the client see. */
  function visible(claims: Members, scopes: readonly string[]): Members {
    const { claimScopes = {} } = simulator.quirks
    const isVisible = (name: string) => {
      const needed = Object.hasOwn(claimScopes, name) ? claimScopes[name] : undefined
      return needed === undefined || scopes.includes(needed)
    }
    return Object.fromEntries(Object.entries(claims).filter(([name]) => isVisible(name)))
  }

  async function signIdToken(
    nonce: string | null | undefined,
    scopes: readonly string[],
  ): Promise<string> {
    const { issuer, tokenIssuer = issuer, idToken = {}, alg = 'RS256' } = simulator.quirks
    const { audience = CLIENT_ID } = simulator.quirks
    const iat = Math.floor(Date.now() / 1000)
    const times = { iat, exp: iat + 600 }
    const payload = { iss: tokenIssuer, aud: audience, ...times, ...visible(idToken, scopes) }
    const jwt = new SignJWT(nonce ? { ...payload, nonce } : payload)
    const key = alg === 'HS256' ? HMAC_KEY : (await KEYS[alg]).privateKey
    return jwt.setProtectedHeader({ alg, kid: alg }).sign(key)
  }

  function discoveryDocument(): Members | undefined {
    const { issuer, discoveredIssuer = issuer, idToken, metadata } = simulator.quirks
    if (idToken === undefined) return undefined
    const { authorization, token: tokenEndpoint, userinfo, jwks } = endpointsOf(simulator.quirks)
    return {
      issuer: discoveredIssuer,
      authorization_endpoint: authorization,
      token_endpoint: tokenEndpoint,
      userinfo_endpoint: userinfo,
      jwks_uri: jwks,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [simulator.quirks.alg ?? 'RS256'],
      ...metadata,
    }
  }

  async function answer(request: IncomingMessage, url: URL): Promise<[number, unknown]> {
    const { issuer, userinfo, api = {} } = simulator.quirks
    const endpoints = endpointsOf(simulator.quirks)
    const base = issuer.replace(/\/$/, '')
    if (url.href === `${base}/.well-known/openid-configuration`) {
      const document = discoveryDocument()
      return document ? [200, document] : [404, {}]
    }
    if (url.href === endpoints.token) return answerToken(request)
    if (url.href === endpoints.jwks) {
      const keys = Object.entries(KEYS).map(async ([alg, pair]) => ({
        ...(await exportJWK((await pair).publicKey)),
        kid: alg,
        alg,
        use: 'sig',
      }))
      return [200, { keys: await Promise.all(keys) }]
    }
    const accessToken = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    const scopes = accessTokens.get(accessToken)
    if (!scopes) return [401, { message: 'Bad credentials' }]
    const needed = simulator.quirks.neededScopes?.[url.href]
    if (needed !== undefined && !scopes.includes(needed)) return [403, { message: 'scope' }]
    if (url.href in api) return [200, api[url.href]]
    return url.href === endpoints.userinfo && userinfo
      ? [200, visible(userinfo, scopes)]
      : [404, {}]
  }

  server.on('request', async (request, response) => {
    try {
      const url = new URL(String(request.headers['x-simulated-url']))
      simulator.urls.push(url.href)
      const { authorization } = endpointsOf(simulator.quirks)
      if (url.origin + url.pathname === authorization) return authorize(url, response)
      const [status, body] = await answer(request, url)
      response.writeHead(status, {
        'content-type': 'application/json',
        ...simulator.quirks.apiHeaders?.[url.href],
        ...(status === 401 && !simulator.quirks.errorsAs200
          ? { 'www-authenticate': 'Bearer error="invalid_token"' }
          : {}),
      })
      response.end(JSON.stringify(body))
    } catch (error) {
      response.destroy(error instanceof Error ? error : undefined)
    }
  })

  const simulator = {
    quirks,
    end() {
      refreshTokens.clear()
      accessTokens.clear()
    },
    fetch: ((url, init) => {
      const headers = new Headers(init.headers)
      headers.set('x-simulated-url', url)
      return fetch(`http://127.0.0.1:${port}/`, { ...init, headers })
    }) satisfies UpstreamFetch,
    async authorize(url: string) {
      const { headers } = await simulator.fetch(url, { redirect: 'manual' })
      return new URL(headers.get('location') ?? assert(`no redirect from ${url}`))
    },
    lastRequest: new URLSearchParams(),
    urls: [] as string[],
    close,
  }
  return simulator
}

function assert(message: string): never {
  throw new Error(message)
}
