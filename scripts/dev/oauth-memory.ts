import { randomUUID } from 'node:crypto'
import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
} from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'

/** The data that the OAuth client of an SDK has saved. A field is undefined until the SDK saves it. */
export interface OAuthMemory {
  readonly provider: OAuthClientProvider
  readonly kept: {
    authorizationUrl?: URL
    client?: OAuthClientInformationMixed
    codeVerifier?: string
    discovery?: OAuthDiscoveryState
    state?: string
    tokens?: OAuthTokens
  }
  /** For `invalidateCredentials` of a provider in an application that then signs in again by itself. */
  forget(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void
}

export function createOAuthMemory(options: {
  redirectUri: string
  clientName: string
  scope: string | undefined
}): OAuthMemory {
  const { redirectUri, clientName, scope } = options
  const kept: OAuthMemory['kept'] = {}

  const provider: OAuthClientProvider = {
    redirectUrl: redirectUri,
    clientMetadata: {
      client_name: clientName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
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
  }
  return {
    provider,
    kept,
    forget(what) {
      if (what === 'all' || what === 'client') delete kept.client
      if (what === 'all' || what === 'tokens') delete kept.tokens
    },
  }
}
