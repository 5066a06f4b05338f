// People and clients who do not give up while the server is away, and who hold it to what it told them.
import { setTimeout as sleep } from 'node:timers/promises'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import {
  type Authorization,
  authorize,
  buildAuthorization,
  type Client,
  REDIRECT_URI,
  redeem,
  refresh,
  type TokenAnswer,
} from '../support/journey.ts'

const PATIENCE_MS = 60_000

/** A client with tokens: what it was told must go on to work. */
export interface Installation {
  readonly client: Client
  accessToken: string
  refreshToken: string
}

/** The server has said that it can't answer now. */
class UnavailableError extends Error {}

function isOutage(error: unknown): boolean {
  if (error instanceof UnavailableError) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return /^(ECONN|EPIPE|UND_ERR_SOCKET)/.test(code) || isOutage(error.cause)
}

/** Tries again while the server is away; anything else is a failure of the promise. */
async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  const endsAtMs = performance.now() + PATIENCE_MS
  while (true) {
    try {
      return await attempt()
    } catch (error) {
      if (!isOutage(error) || performance.now() > endsAtMs) throw error
      await sleep(50 + Math.random() * 100)
    }
  }
}

function requireAvailable(status: number, what: string): void {
  if (status === 503) throw new UnavailableError(what)
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

async function authorizeOnce(authorization: Authorization, agent: UserAgent): Promise<URL> {
  const answer = await authorize(authorization, { agent }).catch((error: unknown) => {
    requireAvailable(agent.hops.at(-1)?.status ?? 0, 'authorize')
    throw error
  })
  const error = answer.searchParams.get('error')
  if (error === 'temporarily_unavailable') throw new UnavailableError(error)
  if (error !== null) throw new Error(`authorize: ${answer.search}`)
  return answer
}

/** Whether the server may have seen a request whose answer did not come. */
interface Asked {
  answer: TokenAnswer
  isUnsure: boolean
}

async function askForTokens(ask: () => Promise<TokenAnswer>): Promise<Asked> {
  let isUnsure = false
  const answer = await insist(async () => {
    try {
      const given = await ask()
      requireAvailable(given.status, 'token')
      return given
    } catch (error) {
      isUnsure = true
      throw error
    }
  })
  return { answer, isUnsure }
}

function tokensOf({ body }: TokenAnswer): Pick<Installation, 'accessToken' | 'refreshToken'> {
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
  }
}

/** A whole login in a browser of its own. One that is cut off is begun again in the same browser. */
export async function logInInsisting(issuer: string, name: string): Promise<Installation> {
  const client = await insist(() => registerOnce(issuer, name))
  const agent = createUserAgent()
  while (true) {
    const authorization = buildAuthorization(issuer, client)
    const redirect = await insist(() => authorizeOnce(authorization, agent))
    const parts = { answer: redirect, codeVerifier: authorization.codeVerifier }
    const { answer, isUnsure } = await askForTokens(() => redeem(issuer, client, parts))
    if (answer.status === 200) return { client, ...tokensOf(answer) }
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

/** Runs `work` for each item, a few at a time; the first failure ends it. */
export async function runWorkers<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const run = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: count }, run))
}
