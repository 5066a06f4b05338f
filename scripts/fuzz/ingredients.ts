// Genuine values of a running server: clients, tokens, codes, cookies. Only requests that are almost right reach
// the code behind the first checks.

import {
  approve,
  authorize,
  buildAuthorization,
  logIn,
  REDIRECT_URI,
  register,
} from '../../test/support/journey.ts'
import { pushAuthorization } from '../../test/support/par.ts'
import { basic, jsonOf, send } from '../../test/support/send.ts'
import { createFormRequest } from '../dev/html-form.ts'
import { createUserAgent, type UserAgent } from '../dev/user-agent.ts'

export interface Ingredients {
  /** By the name of the parameter that they belong to; `:name` for a part of a path. */
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly cookies: readonly string[]
  readonly authorizations: readonly string[]
}

const HTTPS_URI = 'https://client.example/callback'

export async function gatherIngredients(issuer: string): Promise<Ingredients> {
  const redirect_uris = [REDIRECT_URI, HTTPS_URI]
  const { client, tokens } = await logIn(issuer, {
    metadata: { redirect_uris },
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
  const uid = (url: string) => new URL(url).pathname.split('/')[2] ?? ''

  return {
    values: {
      ':uid': [uid(waiting.url), uid(approved.url)],
      ':clientId': [String(managed['client_id']), client.client_id],
      client_id: [client.client_id, simple.client_id, confidential.client_id],
      client_secret: [confidential.client_secret ?? ''],
      code: [code],
      code_verifier: [coded.codeVerifier],
      csrf_token: [waiting.csrfToken],
      redirect_uri: [...redirect_uris],
      refresh_token: [String(tokens['refresh_token'])],
      request_uri: [pushed.searchParams.get('request_uri') ?? ''],
      state: ['state'],
      token: [String(tokens['access_token']), String(tokens['refresh_token'])],
      id_token_hint: [String(tokens['id_token'])],
      iss: [issuer],
    },
    // None of a sign-in at the upstream: a callback in its browser speaks for the upstream, whose nonsense is a 502
    // by design (docs/upstream-faults.md). test/attack/callbacks.test.ts forges those.
    cookies: [waiting.cookie, approved.cookie],
    authorizations: [
      basic(confidential.client_id, confidential.client_secret ?? ''),
      `Bearer ${tokens['access_token']}`,
      `Bearer ${managed['registration_access_token']}`,
      `DPoP ${tokens['access_token']}`,
    ],
  }
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

/** Approves and signs in, and stops before the first URL with this beginning. */
async function stopAt(issuer: string, client: Client, beginning: string) {
  const agent = createUserAgent()
  const page = await agent.open(buildAuthorization(issuer, client).url)
  const url = await approve(agent, page, { redirectUri: beginning })
  return { url: url.href, cookie: await cookieOf(agent, url.href) }
}
