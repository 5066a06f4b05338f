// A server that remembers approvals, a person who has approved, and the outcome of the next request.
import assert from 'node:assert/strict'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { ADA, authorize, buildAuthorization, type Client, redeem, register } from './journey.ts'
import { send } from './send.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export const WEB = 'https://editor.example/callback'
export const OTHER_WEB = 'https://editor.example/other'
export const LOOPBACK = 'http://127.0.0.1:33418/callback'
export const PRIVATE_USE = 'cursor://anysphere.cursor-mcp/oauth/callback'

type Parameters = Readonly<Record<string, string | undefined>>
type Headers = Readonly<Record<string, string>>

/** A resource server with two scopes, and a second one that has a scope of the same name. */
export const TWO_SCOPES = {
  resourceServers: [
    {
      resource: 'https://crm.example/mcp',
      name: 'CRM',
      scopes: { 'crm:read': 'Read your customers', 'crm:write': 'Change your customers' },
      defaultScopes: ['crm:read'],
    },
    { resource: 'https://wiki.example/mcp', name: 'Wiki', scopes: { 'crm:read': 'Read pages' } },
  ],
  defaultResource: 'https://crm.example/mcp',
}

export function startRememberingServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env, file, ...rest } = options
  return startTestServer({
    ...rest,
    env: { CONSENT: 'remember', RESOURCES: '', ...env },
    file: { ...TWO_SCOPES, ...file },
  })
}

export function registerEditor(server: TestServer): Promise<Client> {
  const redirect_uris = [WEB, OTHER_WEB, LOOPBACK, PRIVATE_USE]
  return register(server.issuer, { client_name: 'Editor', redirect_uris })
}

export interface ApprovedClient {
  readonly server: TestServer
  readonly client: Client
  readonly agent: UserAgent
}

/** A person signs in and approves once. Returns the tokens too. */
export async function approveOnce(
  server: TestServer,
  options: {
    client?: Client
    agent?: UserAgent
    person?: string
    parameters?: Parameters
  } = {},
): Promise<ApprovedClient & { tokens: Record<string, unknown> }> {
  const client = options.client ?? (await registerEditor(server))
  const { agent = createUserAgent(), person = ADA } = options
  const parameters = { redirect_uri: WEB, scope: 'openid crm:read', ...options.parameters }
  const redirectUri = parameters.redirect_uri ?? WEB
  const authorization = buildAuthorization(server.issuer, client, parameters)
  const answer = await authorize(authorization, { agent, person, redirectUri })
  const { codeVerifier } = authorization
  const { status, body } = await redeem(server.issuer, client, {
    answer,
    codeVerifier,
    redirectUri,
  })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return { server, client, agent, tokens: body }
}

export type Outcome =
  | { readonly kind: 'asked'; readonly url: string }
  | { readonly kind: 'answered'; readonly answer: URL; readonly codeVerifier: string }

/** Sends the browser to /authorize again, with the given headers, and stops at the first redirect. */
export async function visit(
  { server, client, agent }: ApprovedClient,
  parameters: Parameters = {},
  headers: Headers = { 'sec-fetch-site': 'none' },
): Promise<Outcome> {
  const authorization = buildAuthorization(server.issuer, client, {
    redirect_uri: WEB,
    scope: 'openid crm:read',
    ...parameters,
  })
  const { url, codeVerifier } = authorization
  const cookie = await agent.cookies.getCookieString(url)
  const response = await send(url, {
    headers: { accept: 'text/html', ...(cookie && { cookie }), ...headers },
  })
  for (const line of response.headers.getSetCookie()) await agent.cookies.setCookie(line, url)
  const target = new URL(response.headers.get('location') ?? '', server.issuer)
  if (response.status !== 303) throw new Error(`${response.status} ${response.body}`)
  if (target.pathname.startsWith('/interaction/')) return { kind: 'asked', url: target.href }
  return { kind: 'answered', answer: target, codeVerifier }
}

/** Asserts that the next request leads to the consent page. */
export async function assertAsked(
  approved: ApprovedClient,
  parameters?: Parameters,
  headers?: Headers,
): Promise<void> {
  assert.equal((await visit(approved, parameters, headers)).kind, 'asked')
}

/** Asserts that the next request gets a code without a page. Returns the token response. */
export async function assertAnswered(
  approved: ApprovedClient,
  parameters: Parameters = {},
  headers?: Headers,
): Promise<Record<string, unknown>> {
  const outcome = await visit(approved, parameters, headers)
  assert.ok(outcome.kind === 'answered', JSON.stringify(outcome))
  const { answer, codeVerifier } = outcome
  assert.equal(answer.searchParams.get('error'), null, answer.href)
  assert.equal(answer.searchParams.get('iss'), approved.server.issuer)
  const redirectUri = parameters['redirect_uri'] ?? WEB
  const { server, client } = approved
  const { status, body } = await redeem(server.issuer, client, {
    answer,
    codeVerifier,
    redirectUri,
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
