// Drives the client of the official SDK through one authorization, step by step, so that the demo can
// show each step and a test can stop between two steps.
import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { openLoopbackRedirect } from './loopback-redirect.ts'
import { createOAuthMemory, type OAuthMemory } from './oauth-memory.ts'
import { createRecordingFetch, type Exchange } from './recording-fetch.ts'

export interface DevMcpClient {
  readonly redirectUri: string
  readonly exchanges: readonly Exchange[]
  readonly kept: OAuthMemory['kept']
  /** Calls without a token. The SDK discovers, registers and builds the authorization URL. */
  begin(): Promise<URL>
  /** Passes the authorization URL to `authorize`, checks state and iss, and returns the redirect URL. */
  authorize(): Promise<URL>
  exchangeCode(): Promise<OAuthTokens>
  connect(): Promise<void>
  listTools(): Promise<string[]>
  /** The text of the first content item, parsed as JSON. */
  callTool(name: string, args?: Record<string, unknown>): Promise<unknown>
  refresh(): Promise<OAuthTokens>
  close(): Promise<void>
}

export async function createMcpClient(options: {
  serverUrl: string
  /** Opens the URL. Returns the redirect URL, or undefined to wait for it at the listener. */
  authorize: (url: URL) => Promise<string | undefined>
  clientName?: string
  scope?: string
}): Promise<DevMcpClient> {
  const { clientName = 'Demo MCP client', scope } = options
  const serverUrl = new URL(options.serverUrl)
  const redirect = await openLoopbackRedirect()
  const { fetch, exchanges } = createRecordingFetch()
  const { provider, kept } = createOAuthMemory({ redirectUri: redirect.uri, clientName, scope })
  const createTransport = () =>
    new StreamableHTTPClientTransport(serverUrl, { authProvider: provider, fetch })
  const createClient = () => new Client({ name: clientName, version: '1.0.0' })

  const firstTransport = createTransport()
  const client = createClient()
  let code: string | undefined

  return {
    redirectUri: redirect.uri,
    exchanges,
    kept,
    async begin() {
      await createClient()
        .connect(firstTransport)
        .catch((error: unknown) => {
          if (!(error instanceof UnauthorizedError)) throw error
        })
      return requirePresent(
        kept.authorizationUrl,
        'the MCP server did not ask for an authorization',
      )
    },
    async authorize() {
      const url = requirePresent(kept.authorizationUrl, 'begin() must come first')
      const answered = await options.authorize(url)
      const answer = answered === undefined ? await redirect.answer : new URL(answered)
      code = readAnswer(answer, kept)
      return answer
    },
    async exchangeCode() {
      await firstTransport.finishAuth(requirePresent(code, 'authorize() must come first'))
      return requirePresent(kept.tokens, 'the SDK saved no tokens')
    },
    connect: () => client.connect(createTransport()),
    async listTools() {
      const { tools } = await client.listTools()
      return tools.map(({ name }) => name)
    },
    async callTool(name, args = {}) {
      const { content } = await client.callTool({ name, arguments: args })
      const [first] = content as { type: string; text?: string }[]
      return JSON.parse(first?.text ?? 'null')
    },
    async refresh() {
      requirePresent(kept.tokens?.refresh_token, 'there is no refresh token')
      const before = kept.tokens
      await auth(provider, { serverUrl, fetchFn: fetch })
      // The SDK begins a new authorization if a refresh fails for a reason that it does not recognize.
      if (kept.tokens === before) throw new Error('the refresh returned no tokens')
      return requirePresent(kept.tokens, 'the SDK saved no tokens')
    },
    async close() {
      await client.close()
      await firstTransport.close()
      await redirect.close()
    },
  }
}

function requirePresent<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new Error(message)
  return value
}

function readAnswer({ searchParams }: URL, { state, discovery }: OAuthMemory['kept']): string {
  if (searchParams.get('state') !== state) throw new Error('the answer has another state')

  // RFC 9207 §2.4. The client of the SDK 1.x leaves this check to its caller.
  const metadata: Record<string, unknown> = discovery?.authorizationServerMetadata ?? {}
  const iss = searchParams.get('iss')
  const isRequired = metadata['authorization_response_iss_parameter_supported'] === true
  if ((iss !== null || isRequired) && iss !== metadata['issuer']) {
    throw new Error('the answer comes from another issuer')
  }

  const error = searchParams.get('error')
  if (error !== null) {
    throw new Error(`${error}: ${searchParams.get('error_description') ?? 'no description'}`)
  }
  return requirePresent(searchParams.get('code') ?? undefined, 'the answer has no code')
}
