// The servers for the client matrix: the authorization server, two MCP servers, one of which has a bare
// origin as its resource URI, and the web on which the clients publish.
import { type DevMcpServer, startMcpServer } from '../../scripts/dev/mcp-server.ts'
import { CHATGPT_KEYS } from '../fixtures/client-documents.ts'
import type { MatrixRow } from '../fixtures/client-row.ts'
import { type AssertionKey, createAssertionKey } from './assertion.ts'
import { type DocumentServer, startDocumentServer } from './document-server.ts'
import { findFreePort } from './free-port.ts'
import { startTestServer, type TestServer } from './server.ts'

export interface MatrixStage {
  readonly server: TestServer
  readonly web: DocumentServer
  /** The key that ChatGPT's `jwks_uri` publishes. */
  readonly key: AssertionKey
  readonly mcp: DevMcpServer
  readonly bareMcp: DevMcpServer
  close(): Promise<void>
}

export const OPERATOR_SECRET = 'a secret/of the operator+'

export async function openMatrixStage(rows: readonly MatrixRow[]): Promise<MatrixStage> {
  const web = await startDocumentServer([
    'claude.ai',
    'chatgpt.com',
    'vscode.dev',
    'goose-docs.ai',
    'github.com',
    'opencode.ai',
    'agent.example',
  ])
  const key = await createAssertionKey('RS256')
  web.publish(CHATGPT_KEYS, { body: { keys: [key.publicKey] } })
  const [port, barePort] = [await findFreePort(), await findFreePort()]
  const resources = [`http://localhost:${port}/mcp`, `http://localhost:${barePort}`] as const
  const configured = rows.flatMap(({ identity }) =>
    'configured' in identity ? [identity.configured] : [],
  )
  const server = await startTestServer({
    env: { RESOURCES: resources.join(','), OPERATOR_SECRET },
    file: {
      clients: configured.map((client) => ({ ...client, clientSecretEnv: 'OPERATOR_SECRET' })),
      // Some clients never name a resource.
      defaultResource: resources[0],
    },
    overrides: { outbound: web.outbound },
  })
  const { issuer } = server
  const mcp = await startMcpServer({ port, issuer })
  const bareMcp = await startMcpServer({ port: barePort, issuer, resource: resources[1] })
  return {
    server,
    web,
    key,
    mcp,
    bareMcp,
    async close() {
      await bareMcp.close()
      await mcp.close()
      await server.close()
      await web.close()
    },
  }
}
