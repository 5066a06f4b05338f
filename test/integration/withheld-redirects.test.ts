// RFC 9700 §4.11.2: an error that occurs before the person has read a page does not redirect to a site
// that only the client itself vouches for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, type Client, isAnswer, register } from '../support/journey.ts'
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
  'an unknown resource': [{ resource: 'https://foreign.example/mcp' }, 'invalid_target'],
  'another response type': [{ response_type: 'token' }, 'unsupported_response_type'],
  'no PKCE': [{ code_challenge: undefined }, 'invalid_request'],
  'prompt=none without a session': [{ prompt: 'none' }, 'login_required'],
}

async function open(url: string, agent?: UserAgent, headers: Record<string, string> = {}) {
  const cookie = (await agent?.cookies.getCookieString(url)) ?? ''
  return send(url, { headers: { accept: 'text/html', ...(cookie && { cookie }), ...headers } })
}

const ask = (at: TestServer, by: Pick<Client, 'client_id'>, parameters: Parameters) =>
  buildAuthorization(at.issuer, by, { redirect_uri: WEB, ...parameters })

/** Expects the error page, with a link to the client that the person may follow. */
function assertWithheld(
  answer: Answer,
  expected: { error: string; state: string; at?: TestServer },
) {
  const { error, state, at = server } = expected
  assertErrorPage(answer, at, error)
  assert.equal(answer.status, 400)
  const links = parse(answer.body).querySelectorAll('.actions a')
  assert.deepEqual(
    links.map((link) => link.textContent),
    ['Continue to editor.example'],
  )
  const href = new URL(links[0]?.getAttribute('href') ?? '')
  assert.equal(href.origin + href.pathname, WEB)
  const { error_description, ...returned } = Object.fromEntries(href.searchParams)
  assert.deepEqual(returned, { error, state, iss: at.issuer })
  assert.match(answer.body, /This app has not been verified/)
}

function assertRedirected(answer: Answer, redirectUri: string, error: string): void {
  assert.equal(answer.status, 303, answer.body)
  const location = answer.headers.get('location') ?? ''
  assert.ok(location.startsWith(redirectUri), location)
  assert.match(location, new RegExp(`[?&#]error=${error}(&|$)`))
}

for (const [what, [parameters, error]] of Object.entries(FAULTS)) {
  test(`A30: an error does not redirect to a self-registered site: ${what}`, async () => {
    const { url, state } = ask(server, client, parameters)
    assertWithheld(await open(url), { error, state })
  })

  for (const redirect_uri of [LOOPBACK, PRIVATE_USE]) {
    test(`A30: an error redirects at once to a URI on the device: ${what}, ${redirect_uri}`, async () => {
      const { url } = ask(server, client, { ...parameters, redirect_uri })
      assertRedirected(await open(url), redirect_uri, error)
    })
  }
}

test('A30: an error of a pushed or posted request does not redirect to a self-registered site either', async () => {
  const parameters = { redirect_uri: WEB, prompt: 'none' }
  const { url, state } = await pushAuthorization(server.issuer, client, parameters)
  assertWithheld(await open(url), { error: 'login_required', state })

  const posted = ask(server, client, parameters)
  const body = new URL(posted.url).searchParams
  const answer = await send(`${server.issuer}/authorize`, { body })
  const next = new URL(answer.headers.get('location') ?? '', server.issuer).href
  assertWithheld(await open(next), { error: 'login_required', state: posted.state })
})

for (const [what, path, parameters] of [
  ['with a redirect URI', '/authorize/x', {}],
  ['without a redirect URI', '/authorize/x', { redirect_uri: undefined }],
  ['with response_mode=form_post', '/authorize/x', { response_mode: 'form_post' }],
  ['with response_mode=fragment', '/authorize/x', { response_mode: 'fragment' }],
  ['in capitals, with a slash', '/AUTHORIZE/x/', {}],
] as const) {
  test(`A30: a resume that has no interaction is answered here, whatever its query names: ${what}`, async () => {
    const { client_id } = await register(server.issuer, { redirect_uris: [WEB] })
    const { url } = ask(server, { client_id }, parameters)
    const answer = await open(`${server.issuer}${path}${new URL(url).search}`)
    assertErrorPage(answer, server)
    assert.equal(answer.status, 400)
    assert.match(answer.body, /<title>This sign-in has expired/)
    assert.doesNotMatch(answer.body, /editor\.example|<form|<script/)
  })
}

test('A30: a resume that was answered before is not redirected by its query', async () => {
  const { url } = ask(server, client, {})
  const agent = createUserAgent()
  const page = await agent.open(url)
  const denied = await agent.submit(page, { button: 'Deny', until: isAnswer(WEB) })
  assert.match(denied.url, /error=access_denied/)
  const resumed = agent.hops
    .map((hop) => new URL(hop.url))
    .find(({ pathname }) => /^\/authorize\/./.test(pathname))
  assert.ok(resumed)
  const again = await open(`${resumed.href}${new URL(url).search}`, agent)
  assertErrorPage(again, server)
  assert.equal(again.status, 400)
})

test('A30: response_mode=form_post does not send an error to a self-registered site', async () => {
  const { url, state } = ask(server, client, { response_mode: 'form_post', prompt: 'none' })
  const answer = await open(url)
  assertWithheld(answer, { error: 'login_required', state })
  assert.doesNotMatch(answer.body, /<form|<script/)
})

test('a request that does not accept HTML gets the error as JSON, without a redirect', async () => {
  const { url, state } = ask(server, client, { prompt: 'none' })
  const answer = await open(url, undefined, { accept: 'application/json' })
  assert.equal(answer.status, 400)
  assert.equal(answer.headers.get('location'), null)
  const { error, state: returned } = jsonOf(answer)
  assert.deepEqual([error, returned], ['login_required', state])
})

test('the error page is in the language of the request', async () => {
  const { url } = ask(server, client, { ui_locales: 'de', prompt: 'none' })
  const { body } = await open(url)
  assert.match(body, /Weiter zu editor\.example/)
  assert.match(body, /Niemand hat diese App geprüft/)
})

test('errors redirect at once in a browser where the person has approved the client', async () => {
  const { agent } = await approveOnce(server, { client, parameters: { scope: 'openid' } })
  const { url, state } = ask(server, client, { resource: 'https://foreign.example/mcp' })
  assertRedirected(await open(url, agent), WEB, 'invalid_target')
  const other = await registerEditor(server).then(() => createUserAgent())
  assertWithheld(await open(url, other), { error: 'invalid_target', state })
})

test('a person who denies on the consent page is redirected to the client', async () => {
  const { url } = ask(server, client, {})
  const agent = createUserAgent()
  const page = await agent.open(url)
  const denied = await agent.submit(page, { button: 'Deny', until: isAnswer(WEB) })
  assert.match(denied.url, /error=access_denied/)
})

test('errors redirect at once for clients that the operator vouches for', async (t) => {
  const web = await startDocumentServer(['editor.example'])
  t.after(web.close)
  const client_id = 'https://editor.example/client.json'
  web.publish(client_id, { body: { client_id, client_name: 'Editor', redirect_uris: [WEB] } })
  const overrides = { outbound: web.outbound }

  const any = await startTestServer({ overrides })
  t.after(any.close)
  const { url, state } = ask(any, { client_id }, { prompt: 'none' })
  assertWithheld(await open(url), { error: 'login_required', state, at: any })

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

test('errors redirect at once for clients that registered with the initial access token', async (t) => {
  const REGISTRATION_TOKEN = 'an-initial-access-token'
  const own = await startTestServer({
    env: { REGISTRATION_TOKEN },
    file: { registration: { mode: 'token' } },
  })
  t.after(own.close)
  const body = { redirect_uris: [WEB], token_endpoint_auth_method: 'none' }
  const headers = { authorization: `Bearer ${REGISTRATION_TOKEN}` }
  const client_id = String(
    jsonOf(await send(`${own.issuer}/register`, { body, headers }))['client_id'],
  )
  const { url } = ask(own, { client_id }, { prompt: 'none' })
  assertRedirected(await open(url), WEB, 'login_required')
})
