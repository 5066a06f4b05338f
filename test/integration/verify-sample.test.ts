// Tests docs/samples/verify-with-jose.ts with tokens of a real server.
import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import { importJWK, SignJWT } from 'jose'
import {
  createResourceServer,
  createVerifier,
  InvalidToken,
} from '../../docs/samples/verify-with-jose.ts'
import { listen } from '../../scripts/dev/listen.ts'
import { findFreePort } from '../support/free-port.ts'
import { logIn } from '../support/journey.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../support/server.ts'
import { firstAnswer, spawnNode } from '../support/server-process.ts'

let server: TestServer
let other: TestServer
let verify: ReturnType<typeof createVerifier>
before(async () => {
  server = await startTestServer({ env: { RESOURCES: `${TEST_RESOURCE} ${OTHER_RESOURCE}` } })
  other = await startTestServer()
  verify = createVerifier({ issuer: server.issuer, audience: TEST_RESOURCE })
})
after(async () => {
  await server.close()
  await other.close()
})

async function getTokens(from: TestServer, parameters: Record<string, string> = {}) {
  const { client, tokens } = await logIn(from.issuer, {
    parameters: { resource: TEST_RESOURCE, ...parameters },
  })
  return {
    clientId: client.client_id,
    accessToken: String(tokens['access_token']),
    idToken: String(tokens['id_token']),
  }
}

const validClaims = () => ({
  iss: server.issuer,
  aud: TEST_RESOURCE,
  sub: 'dev-1815',
  client_id: 'c1',
  scope: 'mcp:tools',
})

/** A token signed with the server's own key, valid except for `changes` and `typ`. */
async function sign(
  changes: Record<string, unknown> = {},
  { typ = 'at+jwt' } = {},
): Promise<string> {
  const key = server.config.jwks.keys.find(({ alg }) => alg === 'RS256')
  assert.ok(key)
  const nowSeconds = Math.floor(Date.now() / 1000)
  return new SignJWT({ ...validClaims(), iat: nowSeconds, exp: nowSeconds + 60, ...changes })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ })
    .sign(await importJWK(key))
}

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

test('a token for this resource identifies the caller', async () => {
  const { accessToken, clientId } = await getTokens(server)
  const { expiresAt, ...caller } = await verify(accessToken)
  assert.deepEqual(caller, { subject: 'dev-1815', clientId, scopes: new Set(['mcp:tools']) })
  assert.ok(expiresAt > Date.now() / 1000)
  await verify(await sign())
})

test('a token for another MCP server is refused', async () => {
  const { accessToken } = await getTokens(server, { resource: OTHER_RESOURCE })
  await assert.rejects(verify(accessToken), InvalidToken)
})

test('a token of another issuer is refused, even if its key is known', async () => {
  assert.deepEqual(server.config.jwks, other.config.jwks)
  const { accessToken } = await getTokens(other)
  await assert.rejects(verify(accessToken), InvalidToken)
})

test('a token that is bound to a key is refused as a bearer token (RFC 9449 §7.2)', async () => {
  await assert.rejects(verify(await sign({ cnf: { jkt: 'x' } })), InvalidToken)
})

test('an expired token is refused', async () => {
  await assert.rejects(verify(await sign({ exp: Math.floor(Date.now() / 1000) - 6 })), InvalidToken)
})

test('a token that never expires is refused', async () => {
  await assert.rejects(verify(await sign({ exp: undefined })), InvalidToken)
})

test('an ID token is refused', async () => {
  const { idToken } = await getTokens(server, { scope: 'openid mcp:tools' })
  await assert.rejects(verify(idToken), InvalidToken)
  await assert.rejects(verify(await sign({}, { typ: 'JWT' })), InvalidToken)
})

test('an unsigned token is refused', async () => {
  const claims = { ...validClaims(), exp: Math.floor(Date.now() / 1000) + 60 }
  const unsigned = `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(claims)}.`
  await assert.rejects(verify(unsigned), InvalidToken)
})

test('a token signed with the public key as a shared secret is refused', async () => {
  const key = server.config.jwks.keys.find(({ alg }) => alg === 'RS256')
  assert.ok(key)
  const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const claims = { ...validClaims(), exp: Math.floor(Date.now() / 1000) + 60 }
  const input = `${encode({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' })}.${encode(claims)}`
  const mac = createHmac('sha256', pem).update(input).digest('base64url')
  await assert.rejects(verify(`${input}.${mac}`), InvalidToken)
})

test('an altered token is refused', async () => {
  const [header, , signature] = (await sign()).split('.')
  const changed = `${header}.${encode({ ...validClaims(), sub: 'dev-1906' })}.${signature}`
  await assert.rejects(verify(changed), InvalidToken)
  await assert.rejects(verify('not-a-token'), InvalidToken)
})

test('a failure to fetch the keys is not an InvalidToken', async () => {
  const issuer = `http://localhost:${await findFreePort()}`
  const token = await sign({ iss: issuer })
  const verifyThere = createVerifier({ issuer, audience: TEST_RESOURCE })
  await assert.rejects(verifyThere(token), (error) => !(error instanceof InvalidToken))
})

async function startResourceServer(t: TestContext, requiredScope: string, issuer = server.issuer) {
  const { server: sample, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  t.after(close)
  const handle = createResourceServer({ issuer, resource: TEST_RESOURCE, requiredScope })
  sample.on('request', handle)
  const url = `http://127.0.0.1:${port}`
  const call = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await fetch(`${url}/mcp`, { method: 'POST', headers })
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      response,
    }
  }
  return { url, call }
}

const metadataUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

test('the sample answers as RFC 6750 and RFC 9728 require', async (t) => {
  const { url, call } = await startResourceServer(t, 'mcp:tools')
  const { accessToken, clientId } = await getTokens(server)

  const good = await call(`Bearer ${accessToken}`)
  assert.equal(good.status, 200)
  assert.deepEqual(await good.response.json(), { subject: 'dev-1815', clientId })

  for (const none of [undefined, 'Basic YTpi', accessToken]) {
    const { status, challenge } = await call(none)
    assert.equal(status, 401)
    assert.equal(challenge, `Bearer scope="mcp:tools", resource_metadata="${metadataUrl}"`)
  }
  const invalid = await call('Bearer not-a-token')
  assert.equal(invalid.status, 401)
  assert.equal(
    invalid.challenge,
    `Bearer error="invalid_token", scope="mcp:tools", resource_metadata="${metadataUrl}"`,
  )

  const metadata = await fetch(`${url}${new URL(metadataUrl).pathname}`)
  assert.deepEqual(await metadata.json(), {
    resource: TEST_RESOURCE,
    authorization_servers: [server.issuer],
    scopes_supported: ['mcp:tools'],
    bearer_methods_supported: ['header'],
  })
})

test('the sample names the missing scope', async (t) => {
  const { call } = await startResourceServer(t, 'mcp:admin')
  const { status, challenge } = await call(`Bearer ${await sign()}`)
  assert.equal(status, 403)
  assert.match(challenge ?? '', /error="insufficient_scope", scope="mcp:admin"/)
})

test('the sample answers 503 while it cannot fetch the keys', async (t) => {
  const issuer = `http://localhost:${await findFreePort()}`
  const { call } = await startResourceServer(t, 'mcp:tools', issuer)
  assert.equal((await call(`Bearer ${await sign({ iss: issuer })}`)).status, 503)
})

test('the sample runs unchanged, with the settings that templates ask for', async (t) => {
  const resource = `http://localhost:${await findFreePort()}/mcp`
  const sample = spawnNode(['docs/samples/verify-with-jose.ts'], {
    env: { OAUTH_ISSUER_URL: server.issuer, OAUTH_AUDIENCE: resource },
  })
  t.after(async () => {
    sample.kill('SIGKILL')
    await sample.exit
  })
  assert.equal((await firstAnswer(sample, resource)).status, 401)
  const headers = { authorization: `Bearer ${await sign({ aud: resource })}` }
  assert.equal((await fetch(resource, { headers })).status, 200)
})
