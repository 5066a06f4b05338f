// Drives the official SDK's client through one authorization, step by step, so that the demo can
// show each step and the tests can stop between them.
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
  /** Calls without a token; the SDK discovers, registers and makes the authorization URL. */
  begin(): Promise<URL>
  /** Hands the authorization URL to `authorize`; checks state and iss, returns the redirect URL. */
  authorize(): Promise<URL>
  exchangeCode(): Promise<OAuthTokens>
  connect(): Promise<void>
  listTools(): Promise<string[]>
  /** The text of the first content, parsed as JSON. */
  callTool(name: string, args?: Record<string, unknown>): Promise<unknown>
  refresh(): Promise<OAuthTokens>
  close(): Promise<void>
}

export async function createMcpClient(options: {
  serverUrl: string
  /** Opens the URL; answers the redirect URL, or undefined to wait for it at the listener. */
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
      return present(kept.authorizationUrl, 'the MCP server asked for no authorization')
    },
    async authorize() {
      const url = present(kept.authorizationUrl, 'begin() comes first')
      const answered = await options.authorize(url)
      const answer = answered === undefined ? await redirect.answer : new URL(answered)
      code = readAnswer(answer, kept)
      return answer
    },
    async exchangeCode() {
      await firstTransport.finishAuth(present(code, 'authorize() comes first'))
      return present(kept.tokens, 'the SDK kept no tokens')
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
      present(kept.tokens?.refresh_token, 'there is no refresh token')
      const before = kept.tokens
      await auth(provider, { serverUrl, fetchFn: fetch })
      // The SDK begins a new authorization when a refresh fails for a reason it does not know.
      if (kept.tokens === before) throw new Error('the refresh gave no tokens')
      return present(kept.tokens, 'the SDK kept no tokens')
    },
    async close() {
      await client.close()
      await firstTransport.close()
      await redirect.close()
    },
  }
}

function present<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) throw new Error(otherwise)
  return value
}

function readAnswer({ searchParams }: URL, { state, discovery }: OAuthMemory['kept']): string {
  if (searchParams.get('state') !== state) throw new Error('the answer carries another state')

  // RFC 9207 §2.4; the SDK's 1.x client leaves it to its caller.
  const metadata: Record<string, unknown> = discovery?.authorizationServerMetadata ?? {}
  const iss = searchParams.get('iss')
  const isPromised = metadata['authorization_response_iss_parameter_supported'] === true
  if ((iss !== null || isPromised) && iss !== metadata['issuer']) {
    throw new Error('the answer comes from another issuer')
  }

  const error = searchParams.get('error')
  if (error !== null) {
    throw new Error(`${error}: ${searchParams.get('error_description') ?? 'no description'}`)
  }
  return present(searchParams.get('code') ?? undefined, 'the answer carries no code')
}
