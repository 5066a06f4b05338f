// The official SDK 1.x as a client, from the MCP server's 401 to tool calls with a refreshed token.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpClient } from '../../scripts/dev/mcp-client.ts'
import { createOAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { createRecordingFetch } from '../../scripts/dev/recording-fetch.ts'
import { ADA, REDIRECT_URI } from '../support/journey.ts'
import { answerAsPerson, type McpStage, openMcpStage } from '../support/mcp-stage.ts'

let stage: McpStage
before(async () => {
  stage = await openMcpStage()
})
after(() => stage.close())

async function createClient(scope?: string) {
  return createMcpClient({
    serverUrl: stage.mcp.url,
    authorize: async (url) => (await answerAsPerson(url)).href,
    ...(scope !== undefined && { scope }),
  })
}

test('the SDK discovers, registers, signs in, calls a tool, refreshes and calls it again', async (t) => {
  const client = await createClient()
  t.after(() => client.close())

  const url = await client.begin()
  const [refused, ...prepared] = client.exchanges
  assert.equal(refused?.status, 401)
  assert.match(refused?.challenge ?? '', /resource_metadata="[^"]+"/)
  assert.deepEqual(
    prepared.map(({ method, url: called, status }) => [method, new URL(called).pathname, status]),
    [
      ['GET', '/.well-known/oauth-protected-resource/mcp', 200],
      ['GET', '/.well-known/oauth-authorization-server', 200],
      ['POST', '/register', 201],
    ],
  )
  assert.equal(url.origin, stage.server.issuer)
  assert.equal(url.searchParams.get('resource'), stage.mcp.resource)
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256')

  await client.authorize()
  const tokens = await client.exchangeCode()
  assert.equal(tokens.token_type, 'Bearer')
  assert.ok(tokens.refresh_token)

  await client.connect()
  assert.deepEqual((await client.listTools()).sort(), ['add', 'whoami'])
  const who = (await client.callTool('whoami')) as Record<string, unknown>
  assert.equal(who['sub'], ADA)
  assert.equal(who['client_id'], client.kept.client?.client_id)
  assert.deepEqual(who['scopes'], ['mcp:tools'])

  const refreshed = await client.refresh()
  assert.notEqual(refreshed.access_token, tokens.access_token)
  assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
  assert.deepEqual(await client.callTool('add', { a: 19, b: 23 }), { sum: 42 })
})

test('the scopes that the client asks for take effect, offline_access included', async (t) => {
  const client = await createClient('openid profile offline_access mcp:tools')
  t.after(() => client.close())
  const url = await client.begin()
  // The SDK adds prompt=consent when it asks for offline_access (OpenID Connect Core §11).
  assert.equal(url.searchParams.get('prompt'), 'consent')
  await client.authorize()
  const tokens = await client.exchangeCode()
  assert.ok(tokens.refresh_token)
  assert.ok(tokens.id_token)
  await client.refresh()
  await client.connect()
  const { scopes } = (await client.callTool('whoami')) as { scopes: string[] }
  assert.ok(scopes.includes('mcp:tools'), scopes.join(' '))
})

/** An application: the state that it keeps on disk, and the connections that it opens with that state. */
function createApplication() {
  const { provider, kept, forget } = createOAuthMemory({
    redirectUri: REDIRECT_URI,
    clientName: 'SDK 1.x application',
    scope: undefined,
  })
  provider.invalidateCredentials = forget
  const { fetch, exchanges } = createRecordingFetch()
  const open = () =>
    new StreamableHTTPClientTransport(new URL(stage.mcp.url), { authProvider: provider, fetch })

  async function connect(): Promise<Client> {
    const client = new Client({ name: 'SDK 1.x application', version: '1.0.0' })
    const transport = open()
    try {
      await client.connect(transport)
      return client
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || !kept.authorizationUrl) throw error
    }
    const answer = await answerAsPerson(kept.authorizationUrl)
    await transport.finishAuth(answer.searchParams.get('code') ?? '')
    const second = new Client({ name: 'SDK 1.x application', version: '1.0.0' })
    await second.connect(open())
    return second
  }
  return { kept, exchanges, connect }
}

const registrations = (exchanges: readonly { url: string }[]) =>
  exchanges.filter(({ url }) => url === `${stage.server.issuer}/register`).length

test('a second connection uses the tokens of the first without asking the person', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const before = application.exchanges.length
  const client = await application.connect()
  const { tools } = await client.listTools()
  assert.equal(tools.length, 2)
  const since = application.exchanges.slice(before)
  assert.ok(
    since.every(({ url }) => url === stage.mcp.url),
    'no request went to the authorization server',
  )
  await client.close()
})

test('a refused access token is refreshed without asking the person', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const { kept } = application
  assert.ok(kept.tokens)
  kept.tokens = { ...kept.tokens, access_token: 'expired' }
  delete kept.authorizationUrl

  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  assert.equal(kept.authorizationUrl, undefined)
  await client.close()
})

test('a client that the server does not know registers again and signs in again', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const { kept, exchanges } = application
  assert.ok(kept.client && kept.tokens)
  kept.client = { ...kept.client, client_id: 'forgotten' }
  kept.tokens = { ...kept.tokens, access_token: 'expired' }

  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  assert.notEqual(kept.client.client_id, 'forgotten')
  assert.equal(registrations(exchanges), 2)
  const refused = exchanges.find(({ status, url }) => status === 401 && url.endsWith('/token'))
  assert.match(JSON.stringify(refused?.response), /"invalid_client"/)
  await client.close()
})

test('a refused refresh token leads to a new sign-in, and the client stays registered', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const { kept, exchanges } = application
  assert.ok(kept.tokens)
  kept.tokens = { ...kept.tokens, access_token: 'expired', refresh_token: 'spent' }

  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  assert.equal(registrations(exchanges), 1)
  await client.close()
})
