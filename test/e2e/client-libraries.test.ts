// Libraries with an OAuth client of their own, from the MCP server's 401 to a tool call.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import {
  createMCPClient,
  auth as signInWithAiSdk,
  UnauthorizedError as UnauthorizedAiSdk,
} from '@ai-sdk/mcp'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { BrowserOAuthClientProvider } from 'use-mcp'
import { createOAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { ADA, REDIRECT_URI } from '../support/journey.ts'
import { answerAsPerson, type McpStage, openMcpStage } from '../support/mcp-stage.ts'

let stage: McpStage
before(async () => {
  stage = await openMcpStage()
})
after(() => stage.close())

function readWho(result: unknown): Record<string, unknown> {
  const { content } = result as { content: { text: string }[] }
  return JSON.parse(content[0]?.text ?? '{}')
}

test('@ai-sdk/mcp registers, signs in, calls a tool and refreshes', async () => {
  const { provider, kept } = createOAuthMemory({
    redirectUri: REDIRECT_URI,
    clientName: 'AI SDK application',
    scope: undefined,
  })
  const authProvider = { ...provider, redirectUrl: REDIRECT_URI }
  const open = () =>
    createMCPClient({ transport: { type: 'http', url: stage.mcp.url, authProvider } })

  await assert.rejects(open(), UnauthorizedAiSdk)
  assert.ok(kept.authorizationUrl)
  assert.equal(kept.authorizationUrl.searchParams.get('resource'), stage.mcp.resource)
  const { searchParams } = await answerAsPerson(kept.authorizationUrl)
  const authorizationCode = searchParams.get('code') ?? ''
  await signInWithAiSdk(authProvider, { serverUrl: stage.mcp.url, authorizationCode })

  assert.ok(kept.tokens)
  kept.tokens = { ...kept.tokens, access_token: 'expired' }
  const client = await open()
  const { whoami } = await client.tools()
  assert.ok(whoami)
  const result = await whoami.execute({}, { toolCallId: '1', messages: [], context: {} })
  assert.equal(readWho(result)['sub'], ADA)
  assert.notEqual(kept.tokens.access_token, 'expired')
  await client.close()
})

/** The parts of a browser that use-mcp needs: storage, and a window for the authorization. */
function openBrowserParts(t: TestContext) {
  const items = new Map<string, string>()
  const opened: URL[] = []
  const parts = {
    localStorage: {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    },
    window: {
      open(url: string) {
        opened.push(new URL(url))
        return { closed: false, focus: () => {} }
      },
    },
  }
  for (const [name, value] of Object.entries(parts)) {
    Object.defineProperty(globalThis, name, { value, configurable: true })
    t.after(() => Reflect.deleteProperty(globalThis, name))
  }
  return { opened }
}

test('use-mcp registers, signs in, calls a tool and refreshes', async (t) => {
  const { opened } = openBrowserParts(t)
  const callbackUrl = 'https://app.example/oauth/callback'
  const authProvider = new BrowserOAuthClientProvider(stage.mcp.url, {
    callbackUrl,
    clientUri: 'https://app.example',
  })
  const open = () => new StreamableHTTPClientTransport(new URL(stage.mcp.url), { authProvider })
  const client = new Client({ name: 'use-mcp application', version: '1.0.0' })
  const first = open()
  await assert.rejects(client.connect(first), UnauthorizedError)
  const [asked] = opened
  assert.ok(asked)
  assert.equal(asked.searchParams.get('redirect_uri'), callbackUrl)
  const { searchParams } = await answerAsPerson(asked)
  await first.finishAuth(searchParams.get('code') ?? '')

  const tokens = await authProvider.tokens()
  assert.ok(tokens?.refresh_token)
  await authProvider.saveTokens({ ...tokens, access_token: 'expired' })
  await client.connect(open())
  assert.equal(readWho(await client.callTool({ name: 'whoami' }))['sub'], ADA)
  assert.equal(opened.length, 1, 'the person was asked once')
  await client.close()
})
