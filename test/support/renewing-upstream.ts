// An OpenID provider that signs in one person without a prompt, and whose refresh tokens do as a test says.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { listen } from '../../scripts/dev/listen.ts'

type Members = Readonly<Record<string, unknown>>

type Person = Members & { readonly sub: string }

/** A sign-in here: whose it is, and for which client. */
interface SignIn {
  readonly clientId: string
  readonly scope: string
  readonly person: Person
}

/** `lost`: the request is carried out, and the connection breaks off. `late`: answered after `delayMs`. */
type RefreshAnswer = 'right' | 'lost' | 'down' | 'silent' | { readonly error: string }

export interface RenewingUpstream {
  readonly issuer: string
  /** Who signs in, and the claims from now on. People with another `sub` who signed in before stay as they were. */
  person: Person
  /** Whether each refresh brings a new refresh token, and the old one is dead. */
  rotates: boolean
  /** Whether sign-ins bring a refresh token at all. */
  givesRefreshTokens: boolean
  /** Of access tokens. */
  expiresInSeconds: number
  answer: RefreshAnswer
  /** Before a refresh is answered. */
  delayMs: number
  /** A refresh is answered when this has resolved. */
  gate: Promise<void>
  /** Called with each refresh before it is answered. */
  onRefresh: () => void
  /** Whether the answer to a refresh has an ID token. */
  sendsIdToken: boolean
  /** Claims that only ID tokens have. */
  hiddenFromUserinfo: readonly string[]
  /** What the ID token of a refresh and userinfo say instead. */
  refreshedSub: string | undefined
  /** Refresh requests so far, by outcome. */
  readonly refreshes: { granted: number; refused: number }
  /** What a sign-in grants; undefined: what is requested. */
  grantedScope: string | undefined
  /** The `scope` of each authorization request. */
  readonly scopes: string[]
  /** Every token that it has issued. */
  readonly issued: string[]
  /** What logout tokens and revocations are signed with. */
  readonly signingKey: JWK
  /** Ends all refresh tokens of the person who signs in now, and of nobody else. */
  endGrants(): void
  /** Whether an access token is one of its own, and live. */
  accepts(accessToken: string | undefined): boolean
  close(): Promise<void>
}

const PERSON = {
  sub: 'renewing-7',
  name: 'Canary-Name Rhodes',
  email: 'canary-mail@example.com',
  email_verified: true,
}

const keyPair = generateKeyPair('RS256', { extractable: true })
const token = (kind: string) => `upstream-${kind}-${randomBytes(24).toString('base64url')}`

export async function startRenewingUpstream(): Promise<RenewingUpstream> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const issuer = `http://localhost:${port}`
  const codes = new Map<string, SignIn & { readonly nonce: string }>()
  const live = new Map<string, SignIn>()
  const accessTokens = new Map<string, { readonly untilMs: number; readonly person: Person }>()

  function remember(value: string): string {
    upstream.issued.push(value)
    return value
  }

  function issueAccessToken({ person }: SignIn): string {
    const accessToken = remember(token('access'))
    const untilMs = Date.now() + upstream.expiresInSeconds * 1000
    accessTokens.set(accessToken, { untilMs, person })
    return accessToken
  }

  function issueRefreshToken(grant: SignIn): string {
    const refreshToken = remember(token('refresh'))
    live.set(refreshToken, grant)
    return refreshToken
  }

  async function signIdToken(clientId: string, claims: Members): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const { privateKey } = await keyPair
    return new SignJWT({ iss: issuer, aud: clientId, iat, exp: iat + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'key' })
      .sign(privateKey)
  }

  function describe(signedIn: Person): Person {
    const person = signedIn.sub === upstream.person.sub ? upstream.person : signedIn
    return { ...person, sub: upstream.refreshedSub ?? person.sub }
  }

  function authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const get = (name: string) => parameters.get(name) ?? ''
    const code = randomBytes(24).toString('base64url')
    upstream.scopes.push(get('scope'))
    const { person } = upstream
    const signIn = { clientId: get('client_id'), scope: get('scope'), person }
    codes.set(code, { ...signIn, nonce: get('nonce') })
    const answer = new URL(get('redirect_uri'))
    answer.searchParams.set('code', code)
    answer.searchParams.set('state', get('state'))
    answer.searchParams.set('iss', issuer)
    response.writeHead(303, { location: answer.href }).end()
  }

  async function redeem(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const issued = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    if (!issued) return send(response, 400, { error: 'invalid_grant' })
    const { nonce, ...grant } = issued
    send(response, 200, {
      access_token: issueAccessToken(grant),
      token_type: 'Bearer',
      expires_in: upstream.expiresInSeconds,
      scope: upstream.grantedScope ?? grant.scope,
      ...(upstream.givesRefreshTokens ? { refresh_token: issueRefreshToken(grant) } : {}),
      id_token: await signIdToken(grant.clientId, { ...grant.person, nonce }),
    })
  }

  async function refresh(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const { answer, delayMs, rotates } = upstream
    upstream.onRefresh()
    if (answer === 'silent') return
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    await upstream.gate
    if (answer === 'down') return void response.writeHead(503).end()
    if (typeof answer === 'object') return send(response, 400, answer)
    const presented = form.get('refresh_token') ?? ''
    const grant = live.get(presented)
    if (!grant) {
      upstream.refreshes.refused += 1
      return send(response, 400, { error: 'invalid_grant' })
    }
    upstream.refreshes.granted += 1
    if (rotates) live.delete(presented)
    const body = {
      access_token: issueAccessToken(grant),
      token_type: 'Bearer',
      expires_in: upstream.expiresInSeconds,
      ...(rotates ? { refresh_token: issueRefreshToken(grant) } : {}),
      ...(upstream.sendsIdToken
        ? { id_token: await signIdToken(grant.clientId, describe(grant.person)) }
        : {}),
    }
    if (answer === 'lost') return void response.socket?.resetAndDestroy()
    send(response, 200, body)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return send(response, 200, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          userinfo_endpoint: `${issuer}/userinfo`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          authorization_response_iss_parameter_supported: true,
        })
      case '/authorize':
        return authorize(searchParams, response)
      case '/token': {
        const form = new URLSearchParams(await text(request))
        return form.get('grant_type') === 'refresh_token'
          ? refresh(form, response)
          : redeem(form, response)
      }
      case '/jwks': {
        const key = await exportJWK((await keyPair).publicKey)
        return send(response, 200, { keys: [{ ...key, kid: 'key', alg: 'RS256', use: 'sig' }] })
      }
      case '/userinfo': {
        const accessToken = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
        const issued = accessTokens.get(accessToken)
        if (!issued || !upstream.accepts(accessToken)) return send(response, 401, {})
        const told = Object.entries(describe(issued.person)).filter(
          ([name]) => !upstream.hiddenFromUserinfo.includes(name),
        )
        return send(response, 200, Object.fromEntries(told))
      }
      default:
        response.writeHead(404).end()
    }
  }

  const upstream: RenewingUpstream = {
    issuer,
    person: PERSON,
    rotates: true,
    givesRefreshTokens: true,
    expiresInSeconds: 3600,
    answer: 'right',
    delayMs: 0,
    gate: Promise.resolve(),
    onRefresh: () => {},
    sendsIdToken: true,
    hiddenFromUserinfo: [],
    refreshedSub: undefined,
    refreshes: { granted: 0, refused: 0 },
    grantedScope: undefined,
    scopes: [],
    issued: [],
    signingKey: { ...(await exportJWK((await keyPair).privateKey)), kid: 'key', alg: 'RS256' },
    endGrants() {
      for (const [refreshToken, { person }] of live) {
        if (person.sub === upstream.person.sub) live.delete(refreshToken)
      }
    },
    accepts: (accessToken = '') => (accessTokens.get(accessToken)?.untilMs ?? 0) > Date.now(),
    close,
  }
  server.on('request', (request, response) => {
    handle(request, response).catch((error) => response.destroy(error))
  })
  return upstream
}

function send(response: ServerResponse, status: number, members: Members): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(members))
}
