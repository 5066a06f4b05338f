// A sample MCP server that uses the authorization server: only what a resource server must do. It speaks
// the protocol 2026-07-28, which has no sessions, and the older ones with `initialize`.
import { hostHeaderValidation, requireBearerAuth } from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express, { type RequestHandler } from 'express'
import { z } from 'zod'
import { repeatIssuerMetadata } from './issuer-metadata.ts'
import { listen } from './listen.ts'
import { createTokenVerifier } from './token-verifier.ts'

export interface DevMcpServer {
  /** The URL for clients. It equals the default resource URI. */
  readonly url: string
  readonly resource: string
  close(): Promise<void>
}

export async function startMcpServer(options: {
  port: number
  host?: string
  issuer: string
  resource?: string
  requiredScopes?: readonly string[]
}): Promise<DevMcpServer> {
  const { host = '127.0.0.1', issuer, requiredScopes = [] } = options
  const { server, port, close } = await listen({ port: options.port, host })
  const resource = options.resource ?? `http://localhost:${port}/mcp`
  const { hostname, origin } = new URL(resource)
  const metadataPath = '/.well-known/oauth-protected-resource'

  const app = express()
  app.use(allowAnyOrigin)
  app.use(hostHeaderValidation([hostname, 'localhost', '127.0.0.1', '[::1]']))
  app.get([metadataPath, `${metadataPath}/mcp`], (_request, response) => {
    response.json(createMetadata({ resource, issuer, scopes: requiredScopes }))
  })
  app.use(repeatIssuerMetadata({ issuer, resource }))
  app.use(
    '/mcp',
    requireBearerAuth({
      verifier: createTokenVerifier({ issuer, audience: resource }),
      requiredScopes: [...requiredScopes],
      resourceMetadataUrl: `${origin}${metadataPath}/mcp`,
    }),
  )
  const handler = createMcpHandler(createTools)
  app.all('/mcp', toNodeHandler(handler))

  server.on('request', app)
  return { url: `http://localhost:${port}/mcp`, resource, close }
}

function createMetadata(options: { resource: string; issuer: string; scopes: readonly string[] }) {
  const { resource, issuer, scopes } = options
  return {
    resource,
    authorization_servers: [issuer],
    // RFC 9728 §3.2: omit an empty list.
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: 'Sample MCP server',
  }
}

// Browser clients, such as the Inspector, have any origin. This is safe: the server reads no cookies.
const allowAnyOrigin: RequestHandler = (request, response, next) => {
  response.set('Access-Control-Allow-Origin', '*')
  response.set('Access-Control-Expose-Headers', 'WWW-Authenticate, Mcp-Session-Id')
  if (request.method !== 'OPTIONS') return next()
  response.set('Access-Control-Allow-Methods', 'GET, POST, DELETE, OPTIONS')
  // `*` would not cover Authorization.
  response.set(
    'Access-Control-Allow-Headers',
    request.get('Access-Control-Request-Headers') ?? 'Authorization',
  )
  response.status(204).end()
}

function createTools(): McpServer {
  const server = new McpServer({ name: 'sample-mcp-server', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Who the access token says you are' }, ({ http }) =>
    reply({
      sub: http?.authInfo?.extra?.['sub'],
      client_id: http?.authInfo?.clientId,
      scopes: http?.authInfo?.scopes,
      expires_at: http?.authInfo?.expiresAt,
    }),
  )
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => reply({ sum: a + b }),
  )
  return server
}

function reply(result: Record<string, unknown>) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(result) }] }
}
