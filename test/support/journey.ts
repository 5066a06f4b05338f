// An MCP client's journey, step by step: register, authorize (through consent and sign-in, as a browser
// would), redeem, refresh. Each step is a plain request, so that a test can change any part of it.
import { createHash, randomBytes } from 'node:crypto'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'

export const REDIRECT_URI = 'http://127.0.0.1:33418/callback'

/** A person of the dev upstream (scripts/dev/people.ts). */
export const ADA = 'dev-1815'
export const GRACE = 'dev-1906'
/** His address is not verified. */
export const LINUS = 'dev-1969'

type Json = Record<string, unknown>

export interface Client {
  readonly client_id: string
  readonly client_secret?: string
}

export async function register(issuer: string, metadata: Json = {}): Promise<Client> {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Test client',
      // Public clients with the same metadata are the same client.
      client_uri: `https://client.example/${randomBytes(8).toString('hex')}`,
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  })
  if (response.status !== 201) throw new Error(`registration: ${await response.text()}`)
  return (await response.json()) as Client
}

export interface Authorization {
  readonly url: string
  readonly codeVerifier: string
  readonly state: string
}

/** An authorization request. A parameter set to undefined is omitted. */
export function buildAuthorization(
  issuer: string,
  client: Client,
  parameters: Record<string, string | undefined> = {},
): Authorization {
  const codeVerifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('base64url')
  const all: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    state,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  }
  const url = new URL(`${issuer}/authorize`)
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { url: url.href, codeVerifier, state: all['state'] ?? '' }
}

/** Recognizes the client's redirect URI, where nothing listens: the user agent stops before it. */
export function isAnswer(redirectUri: string) {
  return (url: URL) => url.href.startsWith(redirectUri)
}

/** Presses Allow on the consent page, and signs in as `person` if the upstream asks. */
export async function approve(
  agent: UserAgent,
  consent: Page,
  options: { person?: string; redirectUri?: string } = {},
): Promise<URL> {
  const { person = ADA, redirectUri = REDIRECT_URI } = options
  const until = isAnswer(redirectUri)
  let page = await agent.submit(consent, { button: /^(Allow|Erlauben|Permitir)/, until })
  if (!until(new URL(page.url))) {
    // Pressed as if it were the person's own: the upstream of the benchmark knows more people than its page lists.
    page = await agent.submit(page, {
      button: { name: 'person', value: ADA },
      fields: { person },
      until,
    })
  }
  if (!until(new URL(page.url))) throw new Error(`stopped at ${page.url}: ${page.title}`)
  return new URL(page.url)
}

/** Follows the link of the consent page for a person who wants to use another account. */
export function switchAccount(agent: UserAgent, consent: Page): Promise<Page> {
  const [, path] = /<p class="account">.* href="([^"]+)"/.exec(consent.body) ?? []
  if (path === undefined) throw new Error(`nobody is signed in at ${consent.url}`)
  return agent.open(new URL(path, consent.url))
}

/** Opens the request in `agent` (a new one by default), approves, and returns the client's answer. */
export async function authorize(
  authorization: Authorization,
  options: { agent?: UserAgent; person?: string; redirectUri?: string } = {},
): Promise<URL> {
  const { agent = createUserAgent(), redirectUri = REDIRECT_URI } = options
  const page = await agent.open(authorization.url, { until: isAnswer(redirectUri) })
  if (isAnswer(redirectUri)(new URL(page.url))) return new URL(page.url)
  return approve(agent, page, options)
}

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

export async function postToken(
  issuer: string,
  form: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) {
    if (value !== undefined) body.set(name, value)
  }
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Json,
  }
}

export function redeem(
  issuer: string,
  client: Client,
  parts: { answer: URL; codeVerifier: string; redirectUri?: string },
  form: Record<string, string | undefined> = {},
): Promise<TokenAnswer> {
  return postToken(issuer, {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    client_secret: client.client_secret,
    code: parts.answer.searchParams.get('code') ?? '',
    code_verifier: parts.codeVerifier,
    redirect_uri: parts.redirectUri ?? REDIRECT_URI,
    ...form,
  })
}

export function refresh(
  issuer: string,
  client: Client,
  refreshToken: unknown,
  form: Record<string, string | undefined> = {},
): Promise<TokenAnswer> {
  return postToken(issuer, {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    client_secret: client.client_secret,
    refresh_token: String(refreshToken),
    ...form,
  })
}

/** The whole journey. Returns the client and the token response. */
export async function logIn(
  issuer: string,
  options: {
    metadata?: Json
    parameters?: Record<string, string | undefined>
    agent?: UserAgent
    person?: string
  } = {},
): Promise<{ client: Client; tokens: Json }> {
  const client = await register(issuer, options.metadata)
  const authorization = buildAuthorization(issuer, client, options.parameters)
  const answer = await authorize(authorization, options)
  const { codeVerifier } = authorization
  const { status, body } = await redeem(issuer, client, { answer, codeVerifier })
  if (status !== 200) throw new Error(`token request: ${status} ${JSON.stringify(body)}`)
  return { client, tokens: body }
}

/** Authorizes a registered client, and redeems the code. */
export async function obtainTokens(
  issuer: string,
  client: Client,
  options: {
    parameters?: Record<string, string | undefined>
    agent?: UserAgent
    person?: string
    form?: Record<string, string | undefined>
  } = {},
): Promise<TokenAnswer> {
  const authorization = buildAuthorization(issuer, client, options.parameters)
  const answer = await authorize(authorization, options)
  const { codeVerifier } = authorization
  return redeem(issuer, client, { answer, codeVerifier }, options.form)
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: unknown): Json {
  return JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString())
}
