import assert from 'node:assert/strict'
import { request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { listen } from '../../../scripts/dev/listen.ts'
import { startMcpServer } from '../../../scripts/dev/mcp-server.ts'

async function start(t: TestContext, options: { requiredScopes?: readonly string[] } = {}) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] }
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  server.on('request', (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks))
  })
  t.after(close)
  const issuer = `http://localhost:${port}`
  const mcp = await startMcpServer({ port: 0, issuer, ...options })
  t.after(mcp.close)

  const sign = (changes: { aud?: string; iss?: string; typ?: string; exp?: string } = {}) =>
    new SignJWT({ client_id: 'c1', scope: 'mcp' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: changes.typ ?? 'at+jwt' })
      .setSubject('ada')
      .setIssuer(changes.iss ?? issuer)
      .setAudience(changes.aud ?? mcp.resource)
      .setIssuedAt()
      .setExpirationTime(changes.exp ?? '5m')
      .sign(privateKey)
  return { ...mcp, issuer, sign, stopKeys: close }
}

function post(url: string, token?: string) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
}

test('a call without a token gets a 401 with the URL of the metadata', async (t) => {
  const { url } = await start(t)
  const response = await post(url)

  assert.equal(response.status, 401)
  const challenge = response.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^Bearer /)
  const metadataUrl = new URL('/.well-known/oauth-protected-resource/mcp', url).href
  assert.ok(challenge.includes(`resource_metadata="${metadataUrl}"`), challenge)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.match(response.headers.get('access-control-expose-headers') ?? '', /WWW-Authenticate/)
})

test('both metadata URLs return the resource and its authorization server', async (t) => {
  const { url, resource, issuer } = await start(t, { requiredScopes: ['mcp'] })
  for (const suffix of ['', '/mcp']) {
    const response = await fetch(new URL(`/.well-known/oauth-protected-resource${suffix}`, url))
    assert.deepEqual(await response.json(), {
      resource,
      authorization_servers: [issuer],
      scopes_supported: ['mcp'],
      bearer_methods_supported: ['header'],
      resource_name: 'Sample MCP server',
    })
  }
})

test('a token is rejected if it is expired, or has another audience, issuer or type', async (t) => {
  const { url, sign } = await start(t)
  const tokens = [
    await sign({ aud: 'http://localhost:1/mcp' }),
    await sign({ iss: 'http://localhost:1' }),
    await sign({ typ: 'JWT' }),
    await sign({ exp: '-1m' }),
    'not-a-token',
  ]
  for (const token of tokens) {
    const response = await post(url, token)
    assert.equal(response.status, 401)
    assert.match(response.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
  }
  assert.equal((await post(url, await sign())).status, 200)
})

test('a token without the required scope gets a 403 that names the scope', async (t) => {
  const { url, sign } = await start(t, { requiredScopes: ['mcp:admin'] })
  const response = await post(url, await sign())

  assert.equal(response.status, 403)
  const challenge = response.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /error="insufficient_scope"/)
  assert.match(challenge, /scope="mcp:admin"/)
})

test('an answer is a 500, not a 401, if the keys cannot be fetched', async (t) => {
  const { url, sign, stopKeys } = await start(t)
  const token = await sign()
  await stopKeys()

  assert.equal((await post(url, token)).status, 500)
})

test('a request with another Host header is rejected', async (t) => {
  const { url } = await start(t)
  const status = await new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers: { host: 'evil.example' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  assert.equal(status, 403)
})

test('whoami returns the claims of the token, and add returns the sum', async (t) => {
  const { url, sign } = await start(t)
  const client = new Client({ name: 'test', version: '1' })
  const headers = { authorization: `Bearer ${await sign()}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  )
  t.after(() => client.close())
  const textOf = (result: unknown) =>
    JSON.parse((result as { content: { text: string }[] }).content[0]?.text ?? '')

  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['whoami', 'add'],
  )
  const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
  assert.deepEqual(textOf(sum), { sum: 5 })
  const who = textOf(await client.callTool({ name: 'whoami' }))
  assert.equal(who.sub, 'ada')
  assert.equal(who.client_id, 'c1')
  assert.deepEqual(who.scopes, ['mcp'])
  assert.equal(typeof who.expires_at, 'number')
})
