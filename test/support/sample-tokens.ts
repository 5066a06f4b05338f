// Tokens for the samples of docs/samples: valid ones, and those that every MCP server must refuse.
import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { logIn } from './journey.ts'
import { OTHER_RESOURCE, type TestServer } from './server.ts'

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const nowSeconds = () => Math.floor(Date.now() / 1000)

export function createSampleTokens(server: TestServer, resource: string) {
  const findKey = () =>
    server.config.jwks.keys.find(({ alg }) => alg === 'RS256') ?? assert.fail('no RS256 key')

  const validClaims = () => ({
    iss: server.issuer,
    aud: resource,
    sub: 'dev-1815',
    client_id: 'c1',
    scope: 'mcp:tools',
    exp: nowSeconds() + 60,
  })

  /** The tokens of a sign-in at `from`. */
  async function obtain(parameters: Record<string, string> = {}, from = server) {
    const { client, tokens } = await logIn(from.issuer, { parameters: { resource, ...parameters } })
    return {
      clientId: client.client_id,
      accessToken: String(tokens['access_token']),
      idToken: String(tokens['id_token']),
    }
  }

  /** A token signed with the server's own key, valid except for the changes. */
  async function sign(
    changes: Record<string, unknown> = {},
    { typ = 'at+jwt' } = {},
  ): Promise<string> {
    const key = findKey()
    return new SignJWT({ ...validClaims(), iat: nowSeconds(), ...changes })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ })
      .sign(await importJWK(key))
  }

  function signWithPublicKey(): string {
    const key = findKey()
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const header = encode({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' })
    const input = `${header}.${encode(validClaims())}`
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
  }

  async function alter(): Promise<string> {
    const [header, , signature] = (await sign()).split('.')
    return `${header}.${encode({ ...validClaims(), sub: 'dev-1906' })}.${signature}`
  }

  /** A signature under the server's key, with a header that names another algorithm or key. */
  async function relabel(changes: Record<string, unknown>): Promise<string> {
    const [, payload, signature] = (await sign()).split('.')
    const header = { alg: 'RS256', kid: findKey().kid, typ: 'at+jwt', ...changes }
    return `${encode(header)}.${payload}.${signature}`
  }

  /** What makes the token invalid → the token. `RESOURCES` of the server must list `OTHER_RESOURCE`. */
  async function listInvalid(): Promise<Readonly<Record<string, string>>> {
    const unsigned = encode({ alg: 'none', typ: 'at+jwt' })
    return {
      'for another MCP server': (await obtain({ resource: OTHER_RESOURCE })).accessToken,
      'of another issuer': await sign({ iss: 'https://other.example' }),
      'an ID token': (await obtain({ scope: 'openid mcp:tools' })).idToken,
      'of another type': await sign({}, { typ: 'JWT' }),
      'bound to a key': await sign({ cnf: { jkt: 'x' } }),
      expired: await sign({ exp: nowSeconds() - 6 }),
      'without an end': await sign({ exp: undefined }),
      'without a subject': await sign({ sub: undefined }),
      unsigned: `${unsigned}.${encode(validClaims())}.`,
      'signed with the public key as a shared secret': signWithPublicKey(),
      altered: await alter(),
      'with an unknown key': await relabel({ kid: 'unknown' }),
      'with an algorithm of another key': await relabel({ alg: 'ES256' }),
      'not a token': 'not-a-token',
    }
  }

  return { obtain, sign, listInvalid }
}
