// An MCP server with the official SDK 2.x and Express: the metadata, the 401, verified tokens, and a tool that knows its caller.
// To try it, run `npm start` with its URL in RESOURCES (`npm run dev` starts another MCP server at that URL), and:
//   OAUTH_ISSUER_URL=http://localhost:4000 OAUTH_AUDIENCE=http://localhost:3000/mcp node docs/samples/mcp-server.ts
import { createServer, type RequestListener } from 'node:http'
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
  type OAuthTokenVerifier,
  requireBearerAuth,
} from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  McpServer,
  OAuthError,
  OAuthErrorCode,
} from '@modelcontextprotocol/server'
import express from 'express'
import { createVerifier, InvalidToken } from './verify-with-jose.ts'

const SCOPE = 'mcp:tools'

/** The SDK writes the 401 for an `OAuthError`, and a 500 for any other error, such as keys that cannot be fetched. */
export function createTokenVerifier(options: {
  issuer: string
  audience: string
}): OAuthTokenVerifier {
  const verify = createVerifier(options)
  return {
    async verifyAccessToken(token) {
      const caller = await verify(token).catch((error: unknown) => {
        if (!(error instanceof InvalidToken)) throw error
        throw new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid')
      })
      const { clientId, scopes, expiresAt, subject } = caller
      return { token, clientId, scopes: [...scopes], expiresAt, extra: { sub: subject } }
    },
  }
}

function createTools(): McpServer {
  const server = new McpServer({ name: 'sample', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Who calls this tool' }, ({ http }) => {
    const { clientId, extra } = http?.authInfo ?? {}
    const text = JSON.stringify({ sub: extra?.['sub'], client_id: clientId })
    return { content: [{ type: 'text', text }] }
  })
  return server
}

/** @param options.resource this server's own URL, exactly as in RESOURCES of the authorization server */
export async function createResourceServer(options: {
  issuer: string
  resource: string
}): Promise<RequestListener> {
  const { issuer, resource } = options
  const resourceServerUrl = new URL(resource)
  const answer = await fetch(`${issuer}/.well-known/oauth-authorization-server`)
  if (!answer.ok) throw new Error(`${issuer} answered ${answer.status}`)

  const app = express()
  // RFC 9728: this server's metadata. The router also repeats the authorization server's, for older clients.
  app.use(
    mcpAuthMetadataRouter({
      oauthMetadata: await answer.json(),
      resourceServerUrl,
      scopesSupported: [SCOPE],
    }),
  )
  app.use(
    resourceServerUrl.pathname,
    requireBearerAuth({
      verifier: createTokenVerifier({ issuer, audience: resource }),
      requiredScopes: [SCOPE],
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
    }),
    toNodeHandler(createMcpHandler(createTools)),
  )
  return app
}

if (import.meta.main) {
  // biome-ignore lint/style/noProcessEnv: run directly, the sample is a program
  const { OAUTH_ISSUER_URL, OAUTH_AUDIENCE } = process.env
  if (!OAUTH_ISSUER_URL || !OAUTH_AUDIENCE) {
    throw new Error('OAUTH_ISSUER_URL and OAUTH_AUDIENCE are required')
  }
  const handle = await createResourceServer({ issuer: OAUTH_ISSUER_URL, resource: OAUTH_AUDIENCE })
  createServer(handle).listen(Number(new URL(OAUTH_AUDIENCE).port), '127.0.0.1')
}
