// An MCP server that calls an API of your sign-in service in the name of its caller. It exchanges the caller's access token for
// the sign-in service's (RFC 8693); docs/access.md has what to configure. To try it:
//   OAUTH_ISSUER_URL=http://localhost:4000 OAUTH_AUDIENCE=http://localhost:3000/mcp OAUTH_SECRET=… \
//     UPSTREAM_NAME=… API_URL=… node docs/samples/exchange-token.ts
import { createServer, type RequestListener } from 'node:http'
import { requireBearerAuth } from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { createTokenVerifier } from './mcp-server.ts'

interface ExchangeOptions {
  readonly issuer: string
  /** This server's own URL, exactly as in `resourceServers` of the authorization server. */
  readonly resource: string
  /** The secret of `introspectionSecretEnv`. */
  readonly secret: string
  /** UPSTREAM_NAME of the authorization server. */
  readonly audience: string
}

/** The person has to open `url` in a browser first. */
export class ConnectionRequired extends Error {
  readonly url: string

  constructor(url: string) {
    super('the person has to connect this MCP server')
    this.url = url
  }
}

export function createTokenExchange({ issuer, resource, secret, audience }: ExchangeOptions) {
  const credentials = [resource, secret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`

  /** @returns an access token of the sign-in service, for this caller alone. Never send it to the MCP client. */
  return async function exchange(callerToken: string): Promise<string> {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: callerToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience,
      }),
      signal: AbortSignal.timeout(10_000),
    })
    const body = (await response.json()) as Readonly<Record<string, unknown>>
    if (response.ok) return String(body['access_token'])
    if (body['error'] === 'interaction_required') {
      throw new ConnectionRequired(String(body['interaction_uri']))
    }
    // invalid_request: the caller's token has ended since it was verified.
    throw new Error(`token exchange: ${response.status} ${body['error']}`)
  }
}

export function createCallingServer(
  options: ExchangeOptions & { apiUrl: string },
): RequestListener {
  const { issuer, resource, apiUrl } = options
  const exchange = createTokenExchange(options)

  async function callApi(callerToken: string): Promise<string> {
    const authorization = `Bearer ${await exchange(callerToken)}`
    const response = await fetch(apiUrl, { headers: { authorization } })
    if (!response.ok) throw new Error(`the API answered ${response.status}`)
    return response.text()
  }

  function createTools(): McpServer {
    const server = new McpServer({ name: 'calling-server', version: '1.0.0' })
    const description = 'Your profile at the sign-in service'
    server.registerTool('my_profile', { description }, async ({ http }) => {
      try {
        return reply(await callApi(http?.authInfo?.token ?? ''))
      } catch (error) {
        if (!(error instanceof ConnectionRequired)) throw error
        // A client with URL elicitation can open the address itself.
        return {
          ...reply(`Open ${error.url} in a browser to connect, then try again.`),
          isError: true,
        }
      }
    })
    return server
  }

  const app = express()
  app.use(
    new URL(resource).pathname,
    requireBearerAuth({ verifier: createTokenVerifier({ issuer, audience: resource }) }),
    toNodeHandler(createMcpHandler(createTools)),
  )
  return app
}

function reply(text: string) {
  return { content: [{ type: 'text' as const, text }] }
}

if (import.meta.main) {
  // biome-ignore lint/style/noProcessEnv: run directly, the sample is a program
  const { OAUTH_ISSUER_URL, OAUTH_AUDIENCE, OAUTH_SECRET, UPSTREAM_NAME, API_URL } = process.env
  if (!OAUTH_ISSUER_URL || !OAUTH_AUDIENCE || !OAUTH_SECRET || !UPSTREAM_NAME || !API_URL) {
    throw new Error(
      'OAUTH_ISSUER_URL, OAUTH_AUDIENCE, OAUTH_SECRET, UPSTREAM_NAME and API_URL are required',
    )
  }
  const handle = createCallingServer({
    issuer: OAUTH_ISSUER_URL,
    resource: OAUTH_AUDIENCE,
    secret: OAUTH_SECRET,
    audience: UPSTREAM_NAME,
    apiUrl: API_URL,
  })
  createServer(handle).listen(Number(new URL(OAUTH_AUDIENCE).port), '127.0.0.1')
}
