// An application on the official SDK 2.x: what it keeps on disk, and the connections it makes with it.
import { randomUUID } from 'node:crypto'
import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createRecordingFetch, type Exchange } from '../../scripts/dev/recording-fetch.ts'
import { REDIRECT_URI } from './journey.ts'
import { answerAsPerson } from './mcp-stage.ts'

export interface SdkApplication {
  readonly kept: {
    authorizationUrl?: URL
    client?: StoredOAuthClientInformation
    codeVerifier?: string
    discovery?: OAuthDiscoveryState
    state?: string
    tokens?: StoredOAuthTokens
  }
  readonly exchanges: readonly Exchange[]
  /** Connects; logs a person in where the SDK asks for it. */
  connect(): Promise<Client>
}

export function createSdkV2Application(options: {
  serverUrl: string
  scope?: string
  /** Stands between the browser and the SDK. */
  bend?: (answer: URLSearchParams) => URLSearchParams
}): SdkApplication {
  const { scope, bend = (answer) => answer } = options
  const kept: SdkApplication['kept'] = {}
  const { fetch, exchanges } = createRecordingFetch()

  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: 'SDK 2.x application',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      ...(scope !== undefined && { scope }),
    },
    state() {
      kept.state = randomUUID()
      return kept.state
    },
    clientInformation: () => kept.client,
    saveClientInformation(client) {
      kept.client = client
    },
    tokens: () => kept.tokens,
    saveTokens(tokens) {
      kept.tokens = tokens
    },
    redirectToAuthorization(url) {
      kept.authorizationUrl = url
    },
    saveCodeVerifier(codeVerifier) {
      kept.codeVerifier = codeVerifier
    },
    codeVerifier: () => kept.codeVerifier ?? '',
    discoveryState: () => kept.discovery,
    saveDiscoveryState(discovery) {
      kept.discovery = discovery
    },
    invalidateCredentials(what) {
      if (what === 'all' || what === 'client') delete kept.client
      if (what === 'all' || what === 'tokens') delete kept.tokens
    },
  }

  const openTransport = () =>
    new StreamableHTTPClientTransport(new URL(options.serverUrl), { authProvider: provider, fetch })
  const createClient = () => new Client({ name: 'SDK 2.x application', version: '1.0.0' })

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
      if (searchParams.get('state') !== kept.state) throw new Error('another state')
      await transport.finishAuth(bend(searchParams))
      const second = createClient()
      await second.connect(openTransport())
      return second
    },
  }
}
