// Clients who hold the server to what it told them.
import {
  buildAuthorization,
  type Client,
  REDIRECT_URI,
  redeem,
  refresh,
  type TokenAnswer,
} from '../support/journey.ts'
import { insist, linger, requireAvailable } from './insistence.ts'
import { createPerson, type Person } from './person.ts'

/** A client with tokens, and who approved it: what they were told must go on to work. */
export interface Installation {
  readonly client: Client
  readonly person: Person
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

function askForTokens(ask: () => Promise<TokenAnswer>) {
  return insist(async () => {
    const given = await ask()
    requireAvailable(given.status, 'token')
    return given
  })
}

function tokensOf({ body }: TokenAnswer): Pick<Installation, 'accessToken' | 'refreshToken'> {
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
  }
}

/** A whole login in a browser of its own. */
export async function logInInsisting(issuer: string, name: string): Promise<Installation> {
  const { answer: client } = await insist(() => registerOnce(issuer, name))
  const person = createPerson(issuer)
  while (true) {
    const authorization = buildAuthorization(issuer, client)
    const redirect = await person.authorize(authorization)
    await linger()
    const parts = { answer: redirect, codeVerifier: authorization.codeVerifier }
    const { answer, isUnsure } = await askForTokens(() => redeem(issuer, client, parts))
    if (answer.status === 200) return { client, person, ...tokensOf(answer) }
    // A code whose answer was lost may be spent; any other must give tokens.
    if (!isUnsure || answer.body['error'] !== 'invalid_grant') {
      throw new Error(`code: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
  }
}

export async function refreshInsisting(issuer: string, installation: Installation): Promise<void> {
  const { client, refreshToken } = installation
  const { answer } = await askForTokens(() => refresh(issuer, client, refreshToken))
  if (answer.status !== 200) {
    throw new Error(`refresh: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  Object.assign(installation, tokensOf(answer))
}
