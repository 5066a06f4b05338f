import { setTimeout as sleep } from 'node:timers/promises'
import { getRequestContext, MCPServer, MCPTool, OAuthAuthProvider } from 'mcp-framework'
import type { StartFramework } from './framework.ts'

class Whoami extends MCPTool {
  name = 'whoami'
  description = 'Who you are'
  override schema = {}

  protected async execute() {
    const { sub, client_id } = getRequestContext() ?? {}
    return { sub, client_id }
  }
}

export const startMcpFramework: StartFramework = async ({ port, issuer, resource }) => {
  const server = new MCPServer({
    name: 'mcp-framework',
    version: '1.0.0',
    transport: {
      type: 'http-stream',
      options: { port, host: '127.0.0.1', endpoint: '/mcp' },
      auth: {
        provider: new OAuthAuthProvider({
          authorizationServers: [issuer],
          resource,
          validation: {
            type: 'jwt',
            jwksUri: `${issuer}/jwks`,
            issuer,
            audience: resource,
            algorithms: ['RS256'],
          },
        }),
      },
    },
  })
  // mcp-framework is not typed for exactOptionalPropertyTypes.
  server.addTool(Whoami as unknown as Parameters<typeof server.addTool>[0])
  // The promise of start() is fulfilled when the server stops.
  const stopped = server.start()
  while (!(await fetch(resource).catch(() => undefined))) await sleep(10)
  return {
    async close() {
      await server.stop()
      await stopped
    },
  }
}
