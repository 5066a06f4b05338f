// Genuine values of a running server: clients, tokens, codes, cookies. Only requests that are almost right reach
// the code behind the first checks.

import {
  approve,
  authorize,
  buildAuthorization,
  LINUS,
  logIn,
  REDIRECT_URI,
  register,
} from '../../test/support/journey.ts'
import { pushAuthorization } from '../../test/support/par.ts'
import { basic, jsonOf, send } from '../../test/support/send.ts'
import type { TestServer } from '../../test/support/server.ts'
import { signLogout, signRevocation } from '../../test/support/statements.ts'
import { createFormRequest } from '../dev/html-form.ts'
import { createUserAgent, type UserAgent } from '../dev/user-agent.ts'

type Values = Readonly<Record<string, readonly string[]>>

export interface Ingredients {
  /** By the name of the parameter that they belong to; `:name` for a part of a path. */
  readonly values: Values
  readonly cookies: readonly string[]
  readonly authorizations: readonly string[]
  /** Credentials of the upstream for a global token revocation; each can be used once. */
  readonly revocations: readonly string[]
  /** Of a browser whose sign-ins have come back from the upstream, in place of those above. */
  readonly callback: { readonly values: Values; readonly cookies: readonly string[] }
}

/** Each request that gets past the first checks uses one up. */
const SIGN_INS = 8
const STATEMENTS = 8

const HTTPS_URI = 'https://client.example/callback'

export async function gatherIngredients(server: TestServer): Promise<Ingredients> {
  const { issuer } = server
  const redirect_uris = [REDIRECT_URI, HTTPS_URI]
  const { client, tokens } = await logIn(issuer, {
    metadata: { redirect_uris, post_logout_redirect_uris: redirect_uris },
    parameters: { scope: 'openid profile mcp:tools' },
  })
  // With one redirect URI, a request may omit it.
  const simple = await register(issuer)
  const confidential = await register(issuer, { token_endpoint_auth_method: 'client_secret_basic' })
  const coded = buildAuthorization(issuer, client)
  const code = (await authorize(coded)).searchParams.get('code') ?? ''
  const pushed = new URL((await pushAuthorization(issuer, client)).url)
  const managed = jsonOf(await send(`${issuer}/register`, { body: { redirect_uris } }))
  const waiting = await waitAtConsent(issuer, client)
  const approved = await stopAt(issuer, client, `${issuer}/authorize/`)
  const account = await openAccountPage(issuer, client)
  const uid = (url: string) => new URL(url).pathname.split('/')[2] ?? ''

  return {
    values: {
      ':uid': [uid(waiting.url), uid(approved.url)],
      ':clientId': [String(managed['client_id']), client.client_id],
      client_id: [client.client_id, simple.client_id, confidential.client_id],
      client_secret: [confidential.client_secret ?? ''],
      code: [code],
      code_verifier: [coded.codeVerifier],
      csrf_token: [waiting.csrfToken, account.csrfToken],
      grant: [account.grant],
      redirect_uri: [...redirect_uris],
      post_logout_redirect_uri: [...redirect_uris],
      refresh_token: [String(tokens['refresh_token'])],
      request_uri: [pushed.searchParams.get('request_uri') ?? ''],
      state: ['state'],
      token: [String(tokens['access_token']), String(tokens['refresh_token'])],
      id_token_hint: [String(tokens['id_token'])],
      iss: [issuer],
      subject_token: [String(tokens['access_token'])],
      // Of somebody whose sign-ins nothing here depends on.
      logout_token: await createMany(() => signLogout(server, { claims: { sub: LINUS } })),
    },
    cookies: [waiting.cookie, approved.cookie, account.cookie],
    authorizations: [
      basic(confidential.client_id, confidential.client_secret ?? ''),
      `Bearer ${tokens['access_token']}`,
      `Bearer ${managed['registration_access_token']}`,
      `DPoP ${tokens['access_token']}`,
    ],
    revocations: await createMany(async () => `Bearer ${await signRevocation(server)}`),
    callback: await stopAtCallbacks(issuer, client),
  }
}

function createMany(create: () => Promise<string>): Promise<string[]> {
  return Promise.all(Array.from({ length: STATEMENTS }, create))
}

type Client = Parameters<typeof buildAuthorization>[1]

const cookieOf = async (agent: UserAgent, url: string) =>
  (await agent.cookies.getCookieString(url)) ?? ''

async function waitAtConsent(issuer: string, client: Client) {
  const agent = createUserAgent()
  const page = await agent.open(buildAuthorization(issuer, client).url)
  const { url, body } = createFormRequest(page, /^Allow/, {})
  const csrfToken = new URLSearchParams(body).get('csrf_token') ?? ''
  return { url: page.url, cookie: await cookieOf(agent, url.href), csrfToken }
}

async function openAccountPage(issuer: string, client: Client) {
  const agent = createUserAgent()
  await authorize(buildAuthorization(issuer, client), { agent })
  const page = await agent.open(`${issuer}/account`)
  const { url, body } = createFormRequest(page, 'Remove access', {})
  const fields = new URLSearchParams(body)
  const cookie = await cookieOf(agent, url.href)
  return { cookie, csrfToken: fields.get('csrf_token') ?? '', grant: fields.get('grant') ?? '' }
}

async function stopAtCallbacks(issuer: string, client: Client): Promise<Ingredients['callback']> {
  const agent = createUserAgent()
  const urls: URL[] = []
  let cookie = ''
  for (let count = 0; count < SIGN_INS; count += 1) {
    const stop = await stopAt(issuer, client, `${issuer}/callback`, agent)
    urls.push(new URL(stop.url))
    cookie = stop.cookie
  }
  const all = (name: string) => [...new Set(urls.map((url) => url.searchParams.get(name) ?? ''))]
  const values = { state: all('state'), code: all('code'), iss: all('iss') }
  return { values, cookies: [cookie] }
}

/** Approves and signs in, and stops before the first URL with this beginning. */
async function stopAt(
  issuer: string,
  client: Client,
  beginning: string,
  agent = createUserAgent(),
) {
  const page = await agent.open(buildAuthorization(issuer, client).url)
  const url = await approve(agent, page, { redirectUri: beginning })
  return { url: url.href, cookie: await cookieOf(agent, url.href) }
}
