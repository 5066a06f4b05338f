// The SDK 1.11, the last one before protected resource metadata. It looks for the metadata of the
// authorization server at the origin of the MCP server, and never names a resource.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { UnauthorizedError } from 'mcp-sdk-1-11/client/auth.js'
import { Client } from 'mcp-sdk-1-11/client/index.js'
import { StreamableHTTPClientTransport } from 'mcp-sdk-1-11/client/streamableHttp.js'
import type { Transport } from 'mcp-sdk-1-11/shared/transport.js'
import { createOAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { ADA, claimsOf, REDIRECT_URI } from '../support/journey.ts'
import { answerAsPerson, type McpStage, openMcpStage } from '../support/mcp-stage.ts'

let stage: McpStage
before(async () => {
  stage = await openMcpStage()
})
after(() => stage.close())

test('the SDK 1.11 finds the authorization server, signs in, calls a tool and refreshes', async () => {
  const { provider, kept } = createOAuthMemory({
    redirectUri: REDIRECT_URI,
    clientName: 'SDK 1.11 application',
    scope: undefined,
  })
  const open = () =>
    new StreamableHTTPClientTransport(new URL(stage.mcp.url), {
      authProvider: { ...provider, redirectUrl: REDIRECT_URI },
    })
  const client = new Client({ name: 'SDK 1.11 application', version: '1.0.0' })
  // The SDK 1.11 is not typed for exactOptionalPropertyTypes.
  const connect = (transport: object) => client.connect(transport as Transport)
  const first = open()
  await assert.rejects(connect(first), UnauthorizedError)
  const asked = kept.authorizationUrl
  assert.ok(asked)
  assert.equal(asked.origin, stage.server.issuer)
  assert.equal(asked.searchParams.get('resource'), null)

  const answer = await answerAsPerson(asked)
  await first.finishAuth(answer.searchParams.get('code') ?? '')
  assert.equal(claimsOf(kept.tokens?.access_token)['aud'], stage.mcp.resource)
  assert.ok(kept.tokens)
  kept.tokens = { ...kept.tokens, access_token: 'expired' }

  await connect(open())
  const { content } = await client.callTool({ name: 'whoami' })
  const [item] = content as { text: string }[]
  assert.equal(JSON.parse(item?.text ?? '{}').sub, ADA)
  await client.close()
})
