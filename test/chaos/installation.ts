// Clients that check that everything the server gave them keeps working: registrations, codes and
// tokens.
import {
  buildAuthorization,
  type Client,
  REDIRECT_URI,
  redeem,
  refresh,
  type TokenAnswer,
} from '../support/journey.ts'
import { insist, linger, requireAvailable } from './insistence.ts'
import { createInsistentBrowser, type InsistentBrowser } from './insistent-browser.ts'

/** A client with its tokens, and the browser that approved it. Tokens and session must keep working. */
export interface Installation {
  readonly client: Client
  readonly browser: InsistentBrowser
  accessToken: string
  refreshToken: string
}

async function registerOnce(issuer: string, name: string): Promise<Client> {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    }),
  })
  requireAvailable(response.status, 'register')
  if (response.status !== 201) throw new Error(`register: ${response.status}`)
  return (await response.json()) as Client
}

function requestTokens(request: () => Promise<TokenAnswer>) {
  return insist(async () => {
    const answer = await request()
    requireAvailable(answer.status, 'token')
    return answer
  })
}

function tokensOf({ body }: TokenAnswer): Pick<Installation, 'accessToken' | 'refreshToken'> {
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
  }
}

/** Registers a client, signs in with a new browser and redeems the code. */
export async function insistOnSignIn(issuer: string, name: string): Promise<Installation> {
  const { answer: client } = await insist(() => registerOnce(issuer, name))
  const browser = createInsistentBrowser(issuer)
  while (true) {
    const authorization = buildAuthorization(issuer, client)
    const redirect = await browser.authorize(authorization)
    await linger()
    const parts = { answer: redirect, codeVerifier: authorization.codeVerifier }
    const { answer, isPossibleRepeat } = await requestTokens(() => redeem(issuer, client, parts))
    if (answer.status === 200) return { client, browser, ...tokensOf(answer) }
    // A code may be spent if the response to it was lost. Any other code must yield tokens.
    if (!isPossibleRepeat || answer.body['error'] !== 'invalid_grant') {
      throw new Error(`code: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
  }
}

export async function insistOnRefresh(issuer: string, installation: Installation): Promise<void> {
  const { client, refreshToken } = installation
  const { answer } = await requestTokens(() => refresh(issuer, client, refreshToken))
  if (answer.status !== 200) {
    throw new Error(`refresh: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  Object.assign(installation, tokensOf(answer))
}
