// docs/samples/nginx.conf while no replica answers, and beside the replicas' own errors.
// test/chaos/rolling-restart.test.ts runs it with replicas that restart.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { listen } from '../../scripts/dev/listen.ts'
import { createOAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { findFreePort } from '../support/free-port.ts'
import { loadConfig } from '../support/load-config.ts'
import { startNginx } from '../support/nginx.ts'
import { form, jsonOf, send } from '../support/send.ts'
import { serverEnvironment } from '../support/server-process.ts'

const SAMPLES = join(import.meta.dirname, '../../docs/samples')

async function serve(t: TestContext, onRequest: RequestListener): Promise<number> {
  const server = createServer(onRequest)
  const { port, close } = await listen({ port: 0, host: '127.0.0.1', server })
  t.after(close)
  return port
}

async function openNginx(t: TestContext, ports: readonly number[], readTimeoutSeconds = 15) {
  const nginx = await startNginx(ports, { proxy_read_timeout: `${readTimeoutSeconds}s` })
  t.after(nginx.close)
  return nginx.url
}

const openWithoutReplicas = async (t: TestContext) =>
  openNginx(t, [await findFreePort(), await findFreePort()])

/** Stands for a proxy without the error page of the sample. */
const answerHtml: RequestListener = (_request, response) =>
  void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>')

async function assertUnavailable(url: string): Promise<void> {
  const answers = await Promise.all([
    send(`${url}/token`, { body: form({ grant_type: 'refresh_token' }) }),
    send(`${url}/jwks`),
    send(url),
  ])
  for (const answer of answers) {
    assert.equal(answer.status, 503)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(jsonOf(answer)['error'], 'temporarily_unavailable')
    assert.equal(answer.headers.get('retry-after'), '5')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  }
}

test('if no replica accepts connections, every request gets temporarily_unavailable in JSON with Retry-After', async (t) => {
  await assertUnavailable(await openWithoutReplicas(t))
})

test('if no replica answers in time, a request gets temporarily_unavailable in JSON with Retry-After', async (t) => {
  const silent = await serve(t, () => {})
  await assertUnavailable(await openNginx(t, [silent, silent], 1))
})

test('the errors of a replica pass through', async (t) => {
  const port = await serve(t, (request, response) =>
    response.writeHead(Number(request.url?.slice(1)), { 'content-type': 'text/html' }).end('ours'),
  )
  const url = await openNginx(t, [port, port])
  for (const status of [400, 404, 500, 502, 503, 504]) {
    const answer = await send(`${url}/${status}`)
    assert.deepEqual([answer.status, answer.body], [status, 'ours'])
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
  }
})

/** Refreshes with the official SDK. @returns whether it then sends the person to sign in, or its error */
async function refreshWithSdk(issuer: string): Promise<string> {
  const redirectUri = 'http://127.0.0.1:9/callback'
  const { provider, kept } = createOAuthMemory({
    redirectUri,
    clientName: 'Test',
    scope: undefined,
  })
  const resource = 'https://mcp.example.com/mcp'
  kept.discovery = {
    authorizationServerUrl: issuer,
    resourceMetadata: { resource, authorization_servers: [issuer] },
    authorizationServerMetadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    },
  }
  kept.client = { client_id: 'test', issuer }
  kept.tokens = { access_token: 'a', token_type: 'Bearer', refresh_token: 'r', issuer }
  try {
    return await auth(provider, { serverUrl: resource })
  } catch (error) {
    assert.equal(kept.authorizationUrl, undefined)
    assert.equal(kept.tokens.refresh_token, 'r')
    return error instanceof Error ? error.name : ''
  }
}

test('an SDK client whose refresh finds no replica keeps its tokens and does not ask for a new sign-in', async (t) => {
  assert.equal(await refreshWithSdk(await openWithoutReplicas(t)), 'TemporarilyUnavailableError')
})

test('control: an SDK client whose refresh gets HTML or no connection asks for a new sign-in', async (t) => {
  for (const port of [await serve(t, answerHtml), await findFreePort()]) {
    assert.equal(await refreshWithSdk(`http://localhost:${port}`), 'REDIRECT')
  }
})

test('nginx gives up an idle connection before the server does', async () => {
  const sample = await readFile(join(SAMPLES, 'nginx.conf'), 'utf8')
  const [, seconds] = /^ *keepalive_timeout (\d+)s;/m.exec(sample) ?? []
  const { connections } = loadConfig(await serverEnvironment(4000))
  assert.ok(Number(seconds) < connections.keepAliveSeconds)
})
