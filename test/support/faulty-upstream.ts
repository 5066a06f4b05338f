// A hand-written OpenID provider that is correct by default, and fails in one place on demand. It signs in
// one person without a prompt. Its ID token has so few claims that the server also requests /userinfo.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { listen } from '../../scripts/dev/listen.ts'
import type { TestCertificate } from './certificate.ts'
import { startTlsFront } from './tls-front.ts'

/** Part of the text of every fault. Only the operator may see it. */
export const UPSTREAM_TEXT = 'upstream-secret-text'

export const UPSTREAM_PERSON = { sub: 'faulty-7', name: 'Ida Rhodes', email: 'ida@example.com' }

type Members = Readonly<Record<string, unknown>>

/** `cut`: half of the answer, then a reset. `stall`: half of the answer, then nothing. */
type FaultyAnswer =
  | 'reset'
  | 'silence'
  | 'cut'
  | 'stall'
  | { readonly status?: number; readonly type?: string; readonly body: string }
  /** Override the members of the correct answer; undefined omits one. */
  | { readonly members: Members }

export interface UpstreamFault {
  readonly discovery?: FaultyAnswer
  readonly token?: FaultyAnswer
  readonly jwks?: FaultyAnswer
  /** The answer with the keys waits for this. */
  readonly beforeJwks?: () => Promise<void>
  readonly userinfo?: FaultyAnswer
  /** Override the parameters of the authorization response; undefined omits one. */
  readonly authorization?: Readonly<Record<string, string | undefined>>
  readonly idToken?: {
    readonly claims?: Members
    readonly header?: Members
    readonly signature?: 'of another key' | 'none'
  }
}

export interface FaultyUpstream {
  readonly issuer: string
  /** The fault from now on; none by default. */
  fault: UpstreamFault
  countRequests(path: string): number
  /** From now on it signs with a new key, and publishes no other. `kid` undefined: neither names it. */
  rotateKey(kid: string | undefined): Promise<void>
  close(): Promise<void>
}

export const DISCOVERY_PATH = '/.well-known/openid-configuration'

interface IssuedCode {
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string
  readonly clientId: string
}

// Generated once, because RSA keys are slow to generate.
const signingKey = generateKeyPair('RS256')
const anotherKey = generateKeyPair('RS256')

/** @param options.certificate for `localhost`; without it, the issuer is an http URL */
export async function startFaultyUpstream(
  options: { certificate?: TestCertificate } = {},
): Promise<FaultyUpstream> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const front = options.certificate && (await startTlsFront(options.certificate, port))
  const issuer = front ? `https://localhost:${front.port}` : `http://localhost:${port}`
  const codes = new Map<string, IssuedCode>()
  const counts = new Map<string, number>()
  const accessToken = randomBytes(24).toString('base64url')
  let current: { pair: typeof signingKey; named: { kid?: string } } = {
    pair: signingKey,
    named: { kid: 'right' },
  }

  function authorize(parameters: URLSearchParams, response: ServerResponse): void {
    const get = (name: string) => parameters.get(name) ?? ''
    const code = randomBytes(24).toString('base64url')
    codes.set(code, {
      redirectUri: get('redirect_uri'),
      codeChallenge: get('code_challenge'),
      nonce: get('nonce'),
      clientId: get('client_id'),
    })
    const answer = new URL(get('redirect_uri'))
    const all = { code, state: get('state'), iss: issuer, ...upstream.fault.authorization }
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined) answer.searchParams.set(name, value)
    }
    response.writeHead(303, { location: answer.href }).end()
  }

  async function redeem(request: IncomingMessage): Promise<Members | undefined> {
    const form = new URLSearchParams(await text(request))
    const code = form.get('code') ?? ''
    const issued = codes.get(code)
    codes.delete(code)
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '')
    const isRight =
      issued?.redirectUri === form.get('redirect_uri') &&
      issued?.codeChallenge === challenge.digest('base64url') &&
      issued?.clientId === basicUser(request)
    if (!isRight) return undefined
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: await signIdToken(issued),
    }
  }

  async function signIdToken({ nonce, clientId }: IssuedCode): Promise<string> {
    const { claims, header, signature } = upstream.fault.idToken ?? {}
    const iat = Math.floor(Date.now() / 1000)
    const { sub } = UPSTREAM_PERSON
    const all = { iss: issuer, aud: clientId, sub, nonce, iat, exp: iat + 60, ...claims }
    const payload = JSON.parse(JSON.stringify(all)) as typeof all
    if (signature === 'none') return new UnsecuredJWT(payload).encode()
    const { privateKey } = await (signature === 'of another key' ? anotherKey : current.pair)
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', ...current.named, ...header })
      .sign(privateKey)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    const { fault } = upstream
    switch (pathname) {
      case DISCOVERY_PATH:
        return send(response, createMetadata(issuer), fault.discovery)
      case '/authorize':
        return authorize(searchParams, response)
      case '/token':
        return send(response, await redeem(request), fault.token)
      case '/jwks': {
        const key = await exportJWK((await current.pair).publicKey)
        await fault.beforeJwks?.()
        const keys = [{ ...key, ...current.named, alg: 'RS256', use: 'sig' }]
        return send(response, { keys }, fault.jwks)
      }
      case '/userinfo': {
        const isRight = request.headers.authorization === `Bearer ${accessToken}`
        return send(response, isRight ? UPSTREAM_PERSON : undefined, fault.userinfo)
      }
      default:
        response.writeHead(404).end()
    }
  }

  const upstream: FaultyUpstream = {
    issuer,
    fault: {},
    countRequests: (path) => counts.get(path) ?? 0,
    async rotateKey(kid) {
      const pair = generateKeyPair('RS256')
      await pair
      current = { pair, named: kid === undefined ? {} : { kid } }
    },
    async close() {
      await front?.close()
      await close()
    },
  }
  server.on('request', (request, response) => {
    handle(request, response).catch((error) => response.destroy(error))
  })
  return upstream
}

function createMetadata(issuer: string): Members {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  }
}

function basicUser({ headers }: IncomingMessage): string {
  const credentials = headers.authorization?.replace(/^Basic /, '') ?? ''
  // RFC 6749 §2.3.1: form-encoded before it is Base64.
  return decodeURIComponent(Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '')
}

/** @param right the correct answer; undefined if the request was wrong, a bug in the server under test */
async function send(response: ServerResponse, right: Members | undefined, wrong?: FaultyAnswer) {
  if (wrong === 'silence') return
  if (wrong === 'reset') return void response.socket?.resetAndDestroy()
  const members = typeof wrong === 'object' && 'members' in wrong ? wrong.members : {}
  const raw = typeof wrong === 'object' && 'body' in wrong ? wrong : undefined
  const body =
    raw?.body ?? JSON.stringify({ ...(right ?? { error: 'invalid_request' }), ...members })
  response.writeHead(raw?.status ?? (right ? 200 : 400), {
    'content-type': raw?.type ?? 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  if (wrong !== 'cut' && wrong !== 'stall') return void response.end(body)
  response.write(body.slice(0, body.length / 2))
  if (wrong === 'stall') return
  // The first half must arrive before the reset.
  await delay(50)
  response.socket?.resetAndDestroy()
}
