// An application on the official SDK 2.x: its stored credentials, and the connections that use them.
import {
  Client,
  type ClientOptions,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createOAuthMemory, type OAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { createRecordingFetch, type Exchange } from '../../scripts/dev/recording-fetch.ts'
import { REDIRECT_URI } from './journey.ts'
import { answerAsPerson } from './mcp-stage.ts'

export interface SdkApplication {
  readonly kept: OAuthMemory['kept']
  readonly exchanges: readonly Exchange[]
  /** Connects. Signs a person in if the SDK asks for authorization. */
  connect(): Promise<Client>
}

export function createSdkV2Application(options: {
  serverUrl: string
  scope?: string
  /** Changes the authorization response between the browser and the SDK. */
  tamper?: (answer: URLSearchParams) => URLSearchParams
  /** Hands only the code to the SDK, as mcp-remote 0.9 to 0.13 does. */
  passesCodeOnly?: boolean
  clientOptions?: ClientOptions
}): SdkApplication {
  const { scope, passesCodeOnly = false, tamper = (answer) => answer, clientOptions } = options
  const { fetch, exchanges } = createRecordingFetch()
  const { provider, kept, forget } = createOAuthMemory({
    redirectUri: REDIRECT_URI,
    clientName: 'SDK 2.x application',
    scope,
  })
  const authProvider: OAuthClientProvider = { ...provider, invalidateCredentials: forget }

  const openTransport = () =>
    new StreamableHTTPClientTransport(new URL(options.serverUrl), { authProvider, fetch })
  const createClient = () =>
    new Client({ name: 'SDK 2.x application', version: '1.0.0' }, clientOptions)

  return {
    kept,
    exchanges,
    async connect() {
      const transport = openTransport()
      const first = createClient()
      try {
        await first.connect(transport)
        return first
      } catch (error) {
        if (!(error instanceof UnauthorizedError) || !kept.authorizationUrl) throw error
      }
      const { searchParams } = await answerAsPerson(kept.authorizationUrl)
      if (searchParams.get('state') !== kept.state) throw new Error('the answer has another state')
      const answer = tamper(searchParams)
      if (passesCodeOnly) await transport.finishAuth(answer.get('code') ?? '')
      else await transport.finishAuth(answer)
      const second = createClient()
      await second.connect(openTransport())
      return second
    },
  }
}
