// What a person who has read nothing yet is redirected to (RFC 9700 §4.11.2): not to a site that only
// the client itself vouches for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, type Client, isAnswer } from '../support/journey.ts'
import { pushAuthorization } from '../support/par.ts'
import { approveOnce, LOOPBACK, PRIVATE_USE, registerEditor, WEB } from '../support/remembering.ts'
import { type Answer, jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = await registerEditor(server)
})
after(() => server.close())

type Parameters = Readonly<Record<string, string | undefined>>

const FAULTS: Record<string, [Parameters, error: string]> = {
  'a foreign resource': [{ resource: 'https://foreign.example/mcp' }, 'invalid_target'],
  'another response type': [{ response_type: 'token' }, 'unsupported_response_type'],
  'no PKCE': [{ code_challenge: undefined }, 'invalid_request'],
  'prompt=none where nobody is signed in': [{ prompt: 'none' }, 'login_required'],
}

async function open(url: string, agent?: UserAgent, headers: Record<string, string> = {}) {
  const cookie = (await agent?.cookies.getCookieString(url)) ?? ''
  return send(url, { headers: { accept: 'text/html', ...(cookie && { cookie }), ...headers } })
}

const ask = (at: TestServer, by: Pick<Client, 'client_id'>, parameters: Parameters) =>
  buildAuthorization(at.issuer, by, { redirect_uri: WEB, ...parameters })

/** The error page, with the way on to the client as a link that the person may take. */
function assertHeld(answer: Answer, expected: { error: string; state: string; at?: TestServer }) {
  const { error, state, at = server } = expected
  assertErrorPage(answer, at, error)
  assert.equal(answer.status, 400)
  const links = parse(answer.body).querySelectorAll('.actions a')
  assert.deepEqual(
    links.map((link) => link.textContent),
    ['Go on to editor.example'],
  )
  const href = new URL(links[0]?.getAttribute('href') ?? '')
  assert.equal(href.origin + href.pathname, WEB)
  const { error_description, ...said } = Object.fromEntries(href.searchParams)
  assert.deepEqual(said, { error, state, iss: at.issuer })
  assert.match(answer.body, /Nobody has checked this client/)
}

function assertRedirected(answer: Answer, redirectUri: string, error: string): void {
  assert.equal(answer.status, 303, answer.body)
  const location = answer.headers.get('location') ?? ''
  assert.ok(location.startsWith(redirectUri), location)
  assert.match(location, new RegExp(`[?&#]error=${error}(&|$)`))
}

for (const [what, [parameters, error]] of Object.entries(FAULTS)) {
  test(`A30: a person is not sent to a site that registered itself: ${what}`, async () => {
    const { url, state } = ask(server, client, parameters)
    assertHeld(await open(url), { error, state })
  })

  for (const redirect_uri of [LOOPBACK, PRIVATE_USE]) {
    test(`A30: what stays on the device hears of it at once: ${what}, ${redirect_uri}`, async () => {
      const { url } = ask(server, client, { ...parameters, redirect_uri })
      assertRedirected(await open(url), redirect_uri, error)
    })
  }
}

test('A30: nor by a pushed request, or by one that was posted', async () => {
  const parameters = { redirect_uri: WEB, prompt: 'none' }
  const { url, state } = await pushAuthorization(server.issuer, client, parameters)
  assertHeld(await open(url), { error: 'login_required', state })

  const posted = ask(server, client, parameters)
  const body = new URL(posted.url).searchParams
  const answer = await send(`${server.issuer}/authorize`, { body })
  const next = new URL(answer.headers.get('location') ?? '', server.issuer).href
  assertHeld(await open(next), { error: 'login_required', state: posted.state })
})

test('what asks for no page reads the error as JSON, and is redirected nowhere', async () => {
  const { url, state } = ask(server, client, { prompt: 'none' })
  const answer = await open(url, undefined, { accept: 'application/json' })
  assert.equal(answer.status, 400)
  assert.equal(answer.headers.get('location'), null)
  const { error, state: returned } = jsonOf(answer)
  assert.deepEqual([error, returned], ['login_required', state])
})

test('the page speaks the language of the person', async () => {
  const { url } = ask(server, client, { ui_locales: 'de', prompt: 'none' })
  const { body } = await open(url)
  assert.match(body, /Weiter zu editor\.example/)
  assert.match(body, /Niemand hat diesen Client geprüft/)
})

test('in a browser where the person has allowed the client, it hears of errors at once', async () => {
  const { agent } = await approveOnce(server, { client, parameters: { scope: 'openid' } })
  const { url, state } = ask(server, client, { resource: 'https://foreign.example/mcp' })
  assertRedirected(await open(url, agent), WEB, 'invalid_target')
  const other = await registerEditor(server).then(() => createUserAgent())
  assertHeld(await open(url, other), { error: 'invalid_target', state })
})

test('a person who has read the page and denies is brought back', async () => {
  const { url } = ask(server, client, {})
  const agent = createUserAgent()
  const page = await agent.open(url)
  const denied = await agent.submit(page, { button: 'Deny', until: isAnswer(WEB) })
  assert.match(denied.url, /error=access_denied/)
})

test('clients that the operator vouches for hear of errors at once', async (t) => {
  const web = await startDocumentServer(['editor.example'])
  t.after(web.close)
  const client_id = 'https://editor.example/client.json'
  web.publish(client_id, { body: { client_id, client_name: 'Editor', redirect_uris: [WEB] } })
  const overrides = { outbound: web.outbound }

  const any = await startTestServer({ overrides })
  t.after(any.close)
  const { url, state } = ask(any, { client_id }, { prompt: 'none' })
  assertHeld(await open(url), { error: 'login_required', state, at: any })

  const listed = await startTestServer({
    overrides,
    file: {
      clientDocuments: { allowedHosts: ['editor.example'] },
      clients: [{ client_id: 'configured', client_name: 'Ours', redirect_uris: [WEB] }],
    },
  })
  t.after(listed.close)
  for (const id of [client_id, 'configured']) {
    const { url } = ask(listed, { client_id: id }, { prompt: 'none' })
    assertRedirected(await open(url), WEB, 'login_required')
  }
})

test('so do those that registered with the initial access token', async (t) => {
  const REGISTRATION_TOKEN = 'an-initial-access-token'
  const vouching = await startTestServer({
    env: { REGISTRATION_TOKEN },
    file: { registration: { mode: 'token' } },
  })
  t.after(vouching.close)
  const body = { redirect_uris: [WEB], token_endpoint_auth_method: 'none' }
  const headers = { authorization: `Bearer ${REGISTRATION_TOKEN}` }
  const client_id = String(
    jsonOf(await send(`${vouching.issuer}/register`, { body, headers }))['client_id'],
  )
  const { url } = ask(vouching, { client_id }, { prompt: 'none' })
  assertRedirected(await open(url), WEB, 'login_required')
})
