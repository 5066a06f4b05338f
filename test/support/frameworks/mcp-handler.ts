import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, protectedResourceHandler, withMcpAuth } from 'mcp-handler'
import { listen } from '../../../scripts/dev/listen.ts'
import { createTokenVerifier } from '../../../scripts/dev/token-verifier.ts'
import type { StartFramework } from './framework.ts'

const METADATA_PATH = '/.well-known/oauth-protected-resource/mcp'

export const startMcpHandler: StartFramework = async ({ port, issuer, resource }) => {
  const verifier = createTokenVerifier({ issuer, audience: resource })
  const handler = createMcpHandler((server) => {
    server.registerTool('whoami', { description: 'Who you are' }, ({ http }) => {
      const { clientId, extra } = http?.authInfo ?? {}
      const text = JSON.stringify({ sub: extra?.['sub'], client_id: clientId })
      return { content: [{ type: 'text', text }] }
    })
  })
  const answerMcp = withMcpAuth(
    handler,
    (_request, token) => (token === undefined ? undefined : verifier.verifyAccessToken(token)),
    {
      required: true,
      requiredScopes: ['mcp:tools'],
      resourceUrl: new URL(resource).origin,
      resourceMetadataPath: METADATA_PATH,
    },
  )
  const answerMetadata = protectedResourceHandler({
    authServerUrls: [issuer],
    resourceUrl: resource,
  })

  // In Next.js, these are the files app/mcp/route.ts and
  // app/.well-known/oauth-protected-resource/mcp/route.ts.
  const { server, close } = await listen({ port, host: '127.0.0.1' })
  const isMetadata = (request: Request) => new URL(request.url).pathname === METADATA_PATH
  const answer = toNodeHandler({
    fetch: async (request) => (isMetadata(request) ? answerMetadata(request) : answerMcp(request)),
  })
  server.on('request', (request, response) => {
    // The package is not typed for exactOptionalPropertyTypes.
    void answer(request as Parameters<typeof answer>[0], response)
  })
  return { close }
}
