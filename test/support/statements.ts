// JWTs as the upstream sends them without a browser, in the shapes that Okta and Auth0 have documented.
import { randomUUID } from 'node:crypto'
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { type Answer, form, send } from './send.ts'
import type { TestServer } from './server.ts'

export interface Statement {
  /** A claim set to undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: JWK | Uint8Array
}

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Whom a statement is for, and who signs it. */
interface Receiver {
  readonly issuer: string
  readonly upstreamIssuer: string
  readonly clientId: string
  readonly signingKey: JWK
}

function receiverOf(of: TestServer | Receiver): Receiver {
  if ('signingKey' in of) return of
  const { devUpstream, config } = of
  if (!devUpstream) throw new Error('the test brought an upstream of its own')
  return { ...of, clientId: config.upstream.clientId, signingKey: devUpstream.signingKey }
}

async function sign(server: Receiver, defaults: JWTPayload, typ: string, given: Statement) {
  const key = given.key ?? server.signingKey
  const header = { alg: 'RS256', typ, ...given.header }
  const secret = key instanceof Uint8Array ? key : await importJWK(key, header.alg)
  const nowSeconds = Math.floor(Date.now() / 1000)
  const times = { iat: nowSeconds, exp: nowSeconds + 300, jti: randomUUID() }
  const claims = { iss: server.upstreamIssuer, ...times, ...defaults, ...given.claims }
  return new SignJWT(claims).setProtectedHeader(header).sign(secret, { crit: { x: true } })
}

/** As Okta signs it for Universal Logout: its subject is the client that it knows us as. */
export function signRevocation(of: TestServer | Receiver, given: Statement = {}): Promise<string> {
  const server = receiverOf(of)
  const aud = `${server.issuer}/global-token-revocation`
  const sub = server.clientId
  const nbf = Math.floor(Date.now() / 1000) - 300
  return sign(server, { aud, sub, nbf }, 'global-token-revocation+jwt', given)
}

/** As Auth0 signs it. */
export function signLogout(of: TestServer | Receiver, given: Statement = {}): Promise<string> {
  const server = receiverOf(of)
  const aud = server.clientId
  const more = { aud, trace_id: '8f2a', events: { [LOGOUT_EVENT]: {} } }
  return sign(server, more, 'logout+jwt', given)
}

export function sendRevocation(
  server: { readonly issuer: string },
  jwt: string,
  body: unknown,
): Promise<Answer> {
  return send(`${server.issuer}/global-token-revocation`, {
    method: 'POST',
    headers: { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export function sendLogout(server: { readonly issuer: string }, jwt: string): Promise<Answer> {
  return send(`${server.issuer}/backchannel-logout`, { body: form({ logout_token: jwt }) })
}
