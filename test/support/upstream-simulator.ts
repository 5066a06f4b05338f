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
  /** Override the members of the discovery document; undefined omits one. Undefined: there is no document. */
  readonly metadata?: Members | undefined
  readonly endpoints?: Partial<Endpoints>
  /** Beyond iss, aud, exp, iat and nonce. Undefined: plain OAuth 2.0. */
  readonly idToken: Members | undefined
  readonly userinfo?: Members | undefined
  /** What other URLs answer, by URL: `GET` with the access token. */
  readonly api?: Readonly<Record<string, unknown>>
  readonly alg?: 'RS256' | 'ES256' | 'HS256'
  /** Which method the token endpoint accepts. */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none'
  /** The public key and the audience of assertions. */
  readonly assertions?: { readonly publicKey: Members; readonly audience: string }
  /** When a sign-in brings a refresh token. */
  readonly refreshTokens:
    | 'always'
    | 'offline_access'
    | 'with prompt=consent'
    | 'offline type'
    | 'never'
  /** Whether each refresh token works once. */
  readonly rotates?: boolean
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
  const refreshTokens = new Set<string>()
  const accessTokens = new Set<string>()

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
    const isWrong =
      scopes.some((scope) => rejectedScopes.includes(scope)) ||
      rejectedParameters.some((name) => parameters.has(name)) ||
      (rejectsPlus === true && url.search.includes('+')) ||
      parameters.get('code_challenge_method') !== 'S256' ||
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

  function givesRefreshToken(parameters: URLSearchParams): boolean {
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
        return asks('access_type', 'offline') === true && asks('prompt', 'consent') === true
      case 'never':
        return false
    }
  }

  async function isClient(request: IncomingMessage, form: URLSearchParams): Promise<boolean> {
    const { authMethod = 'client_secret_basic', assertions } = simulator.quirks
    const isBasic = request.headers.authorization?.startsWith('Basic ') === true
    const isNamed = form.get('client_id') === CLIENT_ID
    if (authMethod === 'client_secret_basic') return isBasic
    if (isBasic) return false
    if (authMethod === 'client_secret_post') return isNamed && form.get('client_secret') !== null
    if (form.has('client_secret')) return false
    if (authMethod === 'none') return isNamed
    const assertion = form.get('client_assertion') ?? ''
    if (!assertions) return false
    await compactVerify(assertion, await importJWK({ ...assertions.publicKey }, 'RS256'))
    return decodeJwt(assertion).aud === assertions.audience
  }

  async function answerToken(request: IncomingMessage): Promise<[number, Members]> {
    const form = new URLSearchParams(await text(request))
    const { errorsAs200, rotates, idToken, refreshSendsIdToken, expiresIn } = simulator.quirks
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
    if (isRefresh ? !refreshTokens.has(presented) : !issued) {
      return fail('invalid_grant', isRefresh ? 'bad_refresh_token' : 'bad_verification_code')
    }
    if (issued) {
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
      const expected = issued.parameters.get('code_challenge')
      if (challenge.digest('base64url') !== expected) {
        return fail('invalid_grant', 'bad_verification_code')
      }
    }
    const accessToken = token('access')
    accessTokens.add(accessToken)
    const isGiven = isRefresh ? rotates === true : issued && givesRefreshToken(issued.parameters)
    if (isRefresh && rotates) refreshTokens.delete(presented)
    const refreshToken = isGiven ? token('refresh') : undefined
    if (refreshToken) refreshTokens.add(refreshToken)
    const hasIdToken = idToken !== undefined && (!isRefresh || refreshSendsIdToken !== false)
    return [
      200,
      {
        access_token: accessToken,
        token_type: 'bearer',
        expires_in: 'expiresIn' in simulator.quirks ? expiresIn : 3600,
        refresh_token: refreshToken,
        id_token: hasIdToken ? await signIdToken(issued?.parameters.get('nonce')) : undefined,
      },
    ]
  }

  async function signIdToken(nonce: string | null | undefined): Promise<string> {
    const { issuer, tokenIssuer = issuer, idToken, alg = 'RS256' } = simulator.quirks
    const iat = Math.floor(Date.now() / 1000)
    const payload = { iss: tokenIssuer, aud: CLIENT_ID, iat, exp: iat + 600, ...idToken }
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
    if (!accessTokens.has(request.headers.authorization?.replace(/^Bearer /, '') ?? '')) {
      return [401, { message: 'Bad credentials' }]
    }
    if (url.href in api) return [200, api[url.href]]
    return url.href === endpoints.userinfo && userinfo ? [200, userinfo] : [404, {}]
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
