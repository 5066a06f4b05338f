// Tests docs/samples/verify-with-jose.ts with tokens of a real server. docs/mcp-servers.md shows their claims and the metadata.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import {
  createResourceServer,
  createVerifier,
  InvalidToken,
} from '../../docs/samples/verify-with-jose.ts'
import { listen } from '../../scripts/dev/listen.ts'
import { blocksOf } from '../support/documents.ts'
import { findFreePort } from '../support/free-port.ts'
import { createSampleTokens } from '../support/sample-tokens.ts'
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
let samples: ReturnType<typeof createSampleTokens>
before(async () => {
  server = await startTestServer({ env: { RESOURCES: `${TEST_RESOURCE} ${OTHER_RESOURCE}` } })
  other = await startTestServer()
  verify = createVerifier({ issuer: server.issuer, audience: TEST_RESOURCE })
  samples = createSampleTokens(server, TEST_RESOURCE)
})
after(async () => {
  await server.close()
  await other.close()
})

test('a token for this resource identifies the caller', async () => {
  const { accessToken, clientId } = await samples.obtain()
  const { expiresAt, ...caller } = await verify(accessToken)
  assert.deepEqual(caller, { subject: 'dev-1815', clientId, scopes: new Set(['mcp:tools']) })
  assert.ok(expiresAt > Date.now() / 1000)
  await verify(await samples.sign())
})

test('no token is accepted that another MCP server, a thief or a forger could have', async () => {
  for (const [what, token] of Object.entries(await samples.listInvalid())) {
    await assert.rejects(verify(token), InvalidToken, what)
  }
})

test('a token of another issuer is refused, even if its key is known', async () => {
  assert.deepEqual(server.config.jwks, other.config.jwks)
  const { accessToken } = await samples.obtain({}, other)
  await assert.rejects(verify(accessToken), InvalidToken)
})

test('a failure to fetch the keys is not an InvalidToken', async () => {
  const issuer = `http://localhost:${await findFreePort()}`
  const token = await samples.sign({ iss: issuer })
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

/** The blocks of JSON that docs/mcp-servers.md marks as run here: the metadata, and a token's header and claims. */
const [shownMetadata = '', shownToken = ''] = blocksOf('docs/mcp-servers.md')
  .filter(({ language, mark }) => language === 'json' && mark?.text.includes('verify-sample'))
  .map(({ text }) => text)

test('the metadata that the document shows is what the sample publishes', async (t) => {
  const { url } = await startResourceServer(t, 'mcp:tools')
  const published = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`)
  const shown = JSON.parse(shownMetadata.replace('https://auth.example.com', server.issuer))
  assert.deepEqual(await published.json(), shown)
})

test('a token has the members that the document shows, and no others', async () => {
  const { accessToken } = await samples.obtain()
  const parts = accessToken.split('.').slice(0, 2)
  const real = parts.map((part) => Object.keys(JSON.parse(String(Buffer.from(part, 'base64url')))))
  const shown = shownToken.split(/^(?={)/m).map((json) => Object.keys(JSON.parse(json)))
  assert.deepEqual(
    real.map((names) => names.toSorted()),
    shown.map((names) => names.toSorted()),
  )
})

const metadataUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

test('the sample answers as RFC 6750 and RFC 9728 require', async (t) => {
  const { url, call } = await startResourceServer(t, 'mcp:tools')
  const { accessToken, clientId } = await samples.obtain()

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
  const { status, challenge } = await call(`Bearer ${await samples.sign()}`)
  assert.equal(status, 403)
  assert.match(challenge ?? '', /error="insufficient_scope", scope="mcp:admin"/)
})

test('the sample answers 503 while it cannot fetch the keys', async (t) => {
  const issuer = `http://localhost:${await findFreePort()}`
  const { call } = await startResourceServer(t, 'mcp:tools', issuer)
  assert.equal((await call(`Bearer ${await samples.sign({ iss: issuer })}`)).status, 503)
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
  const headers = { authorization: `Bearer ${await samples.sign({ aud: resource })}` }
  assert.equal((await fetch(resource, { headers })).status, 200)
})
