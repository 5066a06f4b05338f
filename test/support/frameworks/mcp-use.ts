import { MCPServer } from 'mcp-use'
import { createJwtVerifier, oauthCustomProvider } from 'mcp-use/oauth'
import type { StartFramework } from './framework.ts'

// Tests send nothing to other machines.
process.env['MCP_USE_ANONYMIZED_TELEMETRY'] = 'false'

export const startMcpUse: StartFramework = async ({ port, issuer, resource }) => {
  const metadata = await fetch(`${issuer}/.well-known/oauth-authorization-server`)
  const server = new MCPServer({
    name: 'mcp-use',
    version: '1.0.0',
    oauth: oauthCustomProvider({
      oauthMetadata: await metadata.json(),
      resource,
      requiredScopes: ['mcp:tools'],
      scopesSupported: ['mcp:tools'],
      createTokenVerifier: (url) =>
        createJwtVerifier({
          issuer,
          jwksUrl: new URL(`${issuer}/jwks`),
          resource: url,
          algorithms: ['RS256', 'ES256'],
        }),
      mapAuthInfo: ({ clientId, extra }) => {
        const payload = extra?.['payload'] as Record<string, unknown>
        return { user: { sub: payload['sub'], client_id: clientId }, payload, permissions: [] }
      },
    }),
  })
  server.tool({ name: 'whoami' }, async (_args, { auth }) => ({
    content: [{ type: 'text', text: JSON.stringify(auth.user) }],
  }))
  await server.listen(port, { host: '127.0.0.1' })
  return { close: () => server.close() }
}
