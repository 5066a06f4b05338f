// What docs/troubleshooting.md says of the official SDKs: the cause that a section names leads to its message.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { auth as authV2 } from '@modelcontextprotocol/client'
import { auth as authV1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { listen } from '../../scripts/dev/listen.ts'
import { createOAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { readText } from '../support/documents.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

type Metadata = (urls: { issuer: string; resource: string }) => object | undefined

const right: Metadata = ({ issuer, resource }) => ({ resource, authorization_servers: [issuer] })
const LOOPBACK = 'http://127.0.0.1:33418/callback'

let open: TestServer
let closed: TestServer
let guarded: TestServer
before(async () => {
  const documents = { clientDocuments: { enabled: false } }
  const files = [documents, { ...documents, registration: { mode: 'off' } }]
  const [first, second] = await Promise.all(files.map((file) => startTestServer({ file })))
  guarded = await startTestServer({
    env: { REGISTRATION_TOKEN: 'a token of the operator' },
    file: { registration: { mode: 'token' } },
  })
  assert.ok(first && second)
  open = first
  closed = second
})
after(() => Promise.all([open.close(), closed.close(), guarded.close()]))

/** The URL of an MCP server that only publishes metadata. */
async function startMcpServer(t: TestContext, issuer: string, metadata: Metadata) {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  t.after(close)
  const resource = `http://127.0.0.1:${port}/mcp`
  server.on('request', (request, response) => {
    const isAsked = request.url === '/.well-known/oauth-protected-resource/mcp'
    const document = isAsked ? metadata({ issuer, resource }) : undefined
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document ?? { message: 'not found' }))
  })
  return resource
}

/** The messages of a section, as patterns. */
function messagesOf(section: string, sdk: string): RegExp[] {
  const document = readText('docs/troubleshooting.md')
  const [, body = ''] =
    new RegExp(`^### ${section}\\n([\\s\\S]*?)^\\*\\*Cause`, 'm').exec(document) ?? []
  const lines = body
    .split('\n')
    .filter((line) => line.includes(`${sdk}: `) || line.includes(`${sdk}, `))
  return lines.map((line) => {
    const [, text = ''] = /`([^`]+)`/.exec(line) ?? []
    return new RegExp(text.split('…').map(RegExp.escape).join('[^]*'))
  })
}

const SDKS = { 'SDK 1.x': authV1, 'SDK 2.x': authV2 } as const

interface Case {
  readonly section: string
  readonly sdks: readonly (keyof typeof SDKS)[]
  readonly server: () => TestServer
  readonly metadata: Metadata
  readonly redirectUri?: string
}

const CASES: readonly Case[] = [
  {
    section: 'Metadata not found',
    sdks: ['SDK 1.x', 'SDK 2.x'],
    server: () => open,
    metadata: () => undefined,
  },
  {
    section: 'No client registration',
    sdks: ['SDK 1.x', 'SDK 2.x'],
    server: () => closed,
    metadata: right,
  },
  {
    section: 'Registration rejected',
    sdks: ['SDK 2.x'],
    server: () => open,
    metadata: right,
    redirectUri: 'myapp://callback',
  },
  {
    section: 'Registration needs a token',
    sdks: ['SDK 2.x'],
    server: () => guarded,
    metadata: right,
  },
  {
    section: 'Issuer mismatch',
    sdks: ['SDK 2.x'],
    server: () => open,
    metadata: ({ issuer, resource }) => ({
      resource,
      authorization_servers: [issuer.replace('localhost', '127.0.0.1')],
    }),
  },
  {
    section: 'Protected resource mismatch',
    sdks: ['SDK 1.x', 'SDK 2.x'],
    server: () => open,
    metadata: ({ issuer }) => ({
      resource: 'http://internal.example:8080/mcp',
      authorization_servers: [issuer],
    }),
  },
]

for (const { section, sdks, server, metadata, redirectUri = LOOPBACK } of CASES) {
  for (const sdk of sdks) {
    test(`"${section}" has the message of ${sdk} for its cause`, async (t) => {
      const serverUrl = await startMcpServer(t, server().issuer, metadata)
      const { provider } = createOAuthMemory({ redirectUri, clientName: 'x', scope: undefined })
      const patterns = messagesOf(section, sdk)
      assert.ok(patterns.length > 0)
      await assert.rejects(SDKS[sdk](provider, { serverUrl }), (error: Error) => {
        assert.ok(
          patterns.some((pattern) => pattern.test(error.message)),
          error.message,
        )
        return true
      })
    })
  }
}

test('"Missing iss" has the message of SDK 2.x for an application that drops iss', async (t) => {
  const serverUrl = await startMcpServer(t, open.issuer, right)
  const { provider } = createOAuthMemory({
    redirectUri: LOOPBACK,
    clientName: 'x',
    scope: undefined,
  })
  assert.equal(await authV2(provider, { serverUrl }), 'REDIRECT')
  const [pattern = /^$/] = messagesOf('Missing iss', 'SDK 2.x')
  const finished = authV2(provider, { serverUrl, authorizationCode: 'a code' })
  await assert.rejects(finished, (error: Error) => pattern.test(error.message))
  await assert.rejects(finished, /received undefined/)
})
