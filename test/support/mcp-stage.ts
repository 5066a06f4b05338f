// An authorization server, and an MCP server that is configured with nothing of it except the issuer.

import { type DevMcpServer, startMcpServer } from '../../scripts/dev/mcp-server.ts'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { findFreePort } from './free-port.ts'
import { authorize } from './journey.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface McpStage {
  readonly server: TestServer
  readonly mcp: DevMcpServer
  close(): Promise<void>
}

/** @param options `requiredScopes` appear in the MCP server's metadata and challenge */
export async function openMcpStage(
  options: TestServerOptions & { requiredScopes?: readonly string[] } = {},
): Promise<McpStage> {
  const { requiredScopes = [], ...serverOptions } = options
  // Each server has the other's URL in its settings, so one port must be known in advance.
  const port = await findFreePort()
  const resource = `http://localhost:${port}/mcp`
  const env = { RESOURCES: resource, ...serverOptions.env }
  const server = await startTestServer({ ...serverOptions, env })
  const mcp = await startMcpServer({ port, issuer: server.issuer, requiredScopes })
  return {
    server,
    mcp,
    async close() {
      await mcp.close()
      await server.close()
    },
  }
}

/** The person's half of an SDK's authorization: opens the URL, approves and signs in. */
export async function answerAsPerson(url: URL): Promise<URL> {
  const redirectUri = url.searchParams.get('redirect_uri') ?? ''
  const authorization = { url: url.href, codeVerifier: '', state: '' }
  return authorize(authorization, { agent: createUserAgent(), redirectUri })
}
