// MCP servers built with frameworks, each with the settings of docs/mcp-servers.md, behind a real
// authorization server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startFastmcp } from '../support/frameworks/fastmcp.ts'
import type { StartFramework } from '../support/frameworks/framework.ts'
import { startMcpFramework } from '../support/frameworks/mcp-framework.ts'
import { startMcpHandler } from '../support/frameworks/mcp-handler.ts'
import { startMcpUse } from '../support/frameworks/mcp-use.ts'
import { startXmcp } from '../support/frameworks/xmcp.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADA, logIn } from '../support/journey.ts'
import { createSdkV2Application } from '../support/sdk-v2-application.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const FRAMEWORKS: Readonly<Record<string, StartFramework>> = {
  fastmcp: startFastmcp,
  'mcp-framework': startMcpFramework,
  'mcp-handler': startMcpHandler,
  'mcp-use': startMcpUse,
  xmcp: startXmcp,
}

const OTHER_RESOURCE = 'https://other.example/mcp'

interface Place {
  readonly port: number
  readonly resource: string
}

const places = new Map<string, Place>()
let server: TestServer
before(async () => {
  for (const name of Object.keys(FRAMEWORKS)) {
    const port = await findFreePort()
    places.set(name, { port, resource: `http://localhost:${port}/mcp` })
  }
  const resources = [...places.values()].map(({ resource }) => resource)
  server = await startTestServer({ env: { RESOURCES: [...resources, OTHER_RESOURCE].join(',') } })
})
after(() => server.close())

function placeOf(name: string): Place {
  const place = places.get(name)
  assert.ok(place)
  return place
}

/** The status of the first request of a client that already has a token. */
async function initializeWith(resource: string, token: unknown): Promise<number> {
  const { status } = await send(resource, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
    },
    body: {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'client', version: '1' },
      },
    },
  })
  return status
}

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  test(`${name}: the SDK finds this server, signs in and calls a tool with a verified token`, async (t) => {
    const { port, resource } = placeOf(name)
    const framework = await start({ port, issuer: server.issuer, resource })
    t.after(() => framework.close())

    const application = createSdkV2Application({ serverUrl: resource })
    const client = await application.connect()
    t.after(() => client.close())
    const { exchanges, kept } = application
    assert.equal(exchanges[0]?.status, 401)
    const metadata = exchanges.find(
      ({ url, status }) => url.includes('/oauth-protected-resource') && status === 200,
    )
    assert.equal(new URL(metadata?.url ?? '').origin, new URL(resource).origin)
    assert.equal(kept.authorizationUrl?.searchParams.get('resource'), resource)

    const { content } = await client.callTool({ name: 'whoami', arguments: {} })
    const [item] = content as { text: string }[]
    assert.deepEqual(JSON.parse(item?.text ?? '{}'), {
      sub: ADA,
      client_id: kept.client?.client_id,
    })

    const { tokens } = await logIn(server.issuer, { parameters: { resource: OTHER_RESOURCE } })
    const foreign = tokens['access_token']
    assert.equal(await initializeWith(resource, foreign), 401, 'a token for another MCP server')
    assert.equal(await initializeWith(resource, kept.tokens?.access_token), 200)
  })
}
