// The official client 2.x, which is stricter than 1.x: it checks iss in the authorization response
// and the issuer in the metadata, and keeps credentials per authorization server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, IssuerMismatchError } from '@modelcontextprotocol/client'
import { ADA } from '../support/journey.ts'
import { type McpStage, openMcpStage } from '../support/mcp-stage.ts'
import { createSdkV2Application, type SdkApplication } from '../support/sdk-v2-application.ts'

let stage: McpStage
before(async () => {
  stage = await openMcpStage()
})
after(() => stage.close())

const createApplication = (scope?: string) =>
  createSdkV2Application({ serverUrl: stage.mcp.url, ...(scope !== undefined && { scope }) })

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content } = await client.callTool({ name, arguments: args })
  const [first] = content as { text?: string }[]
  return JSON.parse(first?.text ?? 'null') as Record<string, unknown>
}

/** Simulates an access token that expired while the application was closed. */
function expire({ kept }: SdkApplication, changes: { refresh_token?: string } = {}) {
  assert.ok(kept.tokens)
  kept.tokens = { ...kept.tokens, access_token: 'expired', ...changes }
  delete kept.authorizationUrl
}

const registrations = ({ exchanges }: SdkApplication) =>
  exchanges.filter(({ url }) => url === `${stage.server.issuer}/register`).length

test('the SDK discovers, registers, signs in, calls a tool, refreshes and calls it again', async () => {
  const application = createApplication()
  const client = await application.connect()
  const { kept, exchanges } = application

  const [refused] = exchanges
  assert.equal(refused?.status, 401)
  assert.match(refused?.challenge ?? '', /resource_metadata="[^"]+"/)
  const asked = kept.authorizationUrl?.searchParams
  assert.equal(asked?.get('resource'), stage.mcp.resource)
  assert.equal(asked?.get('code_challenge_method'), 'S256')

  const { tools } = await client.listTools()
  assert.deepEqual(tools.map(({ name }) => name).sort(), ['add', 'whoami'])
  const who = await callTool(client, 'whoami')
  assert.equal(who['sub'], ADA)
  assert.equal(who['client_id'], kept.client?.client_id)
  const before = kept.tokens
  assert.ok(before?.refresh_token)

  expire(application)
  assert.deepEqual(await callTool(client, 'add', { a: 19, b: 23 }), { sum: 42 })
  assert.equal(kept.authorizationUrl, undefined, 'the person was not asked')
  assert.notEqual(kept.tokens?.access_token, before.access_token)
  assert.notEqual(kept.tokens?.refresh_token, before.refresh_token)
  const refresh = exchanges.findLast(({ url }) => url.endsWith('/token'))?.request
  assert.equal((refresh as Record<string, string>)['resource'], stage.mcp.resource)
  await client.close()
})

test('the SDK asks for offline_access by itself and gets a refresh token', async () => {
  const application = createApplication('openid profile email mcp:tools')
  const client = await application.connect()
  const asked = application.kept.authorizationUrl?.searchParams
  assert.match(asked?.get('scope') ?? '', /\boffline_access\b/)
  assert.equal(asked?.get('prompt'), 'consent')
  assert.ok(application.kept.tokens?.refresh_token)
  assert.ok(application.kept.tokens?.id_token)
  const { scopes } = (await callTool(client, 'whoami')) as { scopes: string[] }
  assert.ok(scopes.includes('mcp:tools'), scopes.join(' '))
  await client.close()
})

test('a client of the protocol 2026-07-28 signs in and calls a tool without a session', async () => {
  const application = createSdkV2Application({
    serverUrl: stage.mcp.url,
    clientOptions: { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  })
  const client = await application.connect()
  assert.equal(client.getNegotiatedProtocolVersion(), '2026-07-28')
  assert.deepEqual(await callTool(client, 'add', { a: 19, b: 23 }), { sum: 42 })
  assert.equal((await callTool(client, 'whoami'))['sub'], ADA)

  const called = application.exchanges
    .filter(({ url, status }) => url === stage.mcp.url && status === 200)
    .map(({ request }) => (request as { method: string }).method)
  assert.deepEqual(new Set(called), new Set(['server/discover', 'tools/call']))
  await client.close()
})

test('RFC 9207: the SDK refuses a response whose iss was removed or changed', async () => {
  for (const iss of [undefined, 'https://evil.example']) {
    const application = createSdkV2Application({
      serverUrl: stage.mcp.url,
      tamper(answer) {
        const tampered = new URLSearchParams(answer)
        if (iss === undefined) tampered.delete('iss')
        else tampered.set('iss', iss)
        return tampered
      },
    })
    await assert.rejects(application.connect(), IssuerMismatchError)
    assert.equal(application.kept.tokens, undefined)
  }
})

test('without the advertisement, an application that drops iss connects, and a wrong iss is still refused', async () => {
  const quiet = await openMcpStage({ file: { advertiseIssParameter: false } })
  try {
    const serverUrl = quiet.mcp.url
    const application = createSdkV2Application({ serverUrl, passesCodeOnly: true })
    const client = await application.connect()
    assert.equal((await callTool(client, 'whoami'))['sub'], ADA)
    await client.close()

    const misled = createSdkV2Application({
      serverUrl,
      tamper: (answer) => {
        assert.equal(answer.get('iss'), quiet.server.issuer)
        return new URLSearchParams({ ...Object.fromEntries(answer), iss: 'https://evil.example' })
      },
    })
    await assert.rejects(misled.connect(), IssuerMismatchError)
  } finally {
    await quiet.close()
  }
})

test('with the advertisement, which is the default, an application that drops iss is refused', async () => {
  const application = createSdkV2Application({ serverUrl: stage.mcp.url, passesCodeOnly: true })
  await assert.rejects(application.connect(), IssuerMismatchError)
})

test('a second connection uses the tokens of the first without asking the person', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const before = application.exchanges.length
  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  const since = application.exchanges.slice(before)
  assert.ok(
    since.every(({ url }) => url === stage.mcp.url),
    'no request went to the authorization server',
  )
  await client.close()
})

test('a client that the server does not know registers again and signs in again', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  const { kept, exchanges } = application
  assert.ok(kept.client)
  kept.client = { ...kept.client, client_id: 'forgotten' }
  expire(application)

  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  assert.notEqual(kept.client?.client_id, 'forgotten')
  assert.equal(registrations(application), 2)
  const refused = exchanges.find(({ status, url }) => status === 401 && url.endsWith('/token'))
  assert.match(JSON.stringify(refused?.response), /"invalid_client"/)
  await client.close()
})

test('a refused refresh token leads to a new sign-in, and the client stays registered', async () => {
  const application = createApplication()
  await (await application.connect()).close()
  expire(application, { refresh_token: 'spent' })

  const client = await application.connect()
  assert.equal((await client.listTools()).tools.length, 2)
  assert.equal(registrations(application), 1)
  await client.close()
})
