import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFormRequest } from '../../scripts/dev/html-form.ts'
import { listen } from '../../scripts/dev/listen.ts'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import {
  approve,
  buildAuthorization,
  isAnswer,
  REDIRECT_URI,
  redeem,
  register,
} from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const { server, client } = await openClientStage({
  metadata: { client_name: 'Notes <b>editor</b>' },
})

const csrfOf = (page: Page) => /name="csrf_token" value="([\w-]+)"/.exec(page.body)?.[1] ?? ''

async function ask(parameters: Record<string, string | undefined> = {}, agent = createUserAgent()) {
  const authorization = buildAuthorization(server.issuer, client, parameters)
  return { ...authorization, agent, page: await agent.open(authorization.url) }
}

/** Submits the form of a page, with headers or fields that only a forged page would send. */
async function press(
  agent: UserAgent,
  page: Page,
  changes: { button?: RegExp; fields?: Record<string, string>; headers?: Record<string, string> },
) {
  const { url, body = '' } = createFormRequest(
    page,
    changes.button ?? /^Allow/,
    changes.fields ?? {},
  )
  const cookie = await agent.cookies.getCookieString(url.href)
  const headers = { accept: 'text/html', ...(cookie && { cookie }), ...changes.headers }
  return send(url, { headers, body: new URLSearchParams(body) })
}

test('A31: before approval, no request reaches the upstream and no login attempt or its cookie exists', async () => {
  let requests = 0
  const upstream = await listen({ port: 0, host: '127.0.0.1' })
  upstream.server.on('request', (_request, response) => {
    requests += 1
    response.writeHead(404).end()
  })
  const store = createRecordingStore({ now: Date.now })
  const UPSTREAM_ISSUER = `http://127.0.0.1:${upstream.port}`
  const own = await startTestServer({ env: { UPSTREAM_ISSUER }, overrides: { store } })
  try {
    const agent = createUserAgent()
    const { url } = buildAuthorization(own.issuer, await register(own.issuer))
    const page = await agent.open(url)
    await agent.open(page.url)
    await press(agent, page, { fields: { csrf_token: 'forged' } })
    await press(agent, page, { headers: { 'sec-fetch-site': 'cross-site' } })
    const names = async () => (await agent.cookies.getCookies(page.url)).map(({ key }) => key)
    assert.equal(requests, 0)
    assert.deepEqual(store.lifetimes('login-attempt'), [])
    assert.ok((await names()).every((name) => !name.includes('login')))

    await agent.submit(page, { button: /^Allow/ })
    assert.ok(requests > 0, 'the approval causes the first request to the upstream')
    await agent.submit(page, { button: 'Deny', until: isAnswer(REDIRECT_URI) })
    assert.deepEqual(store.lifetimes('login-attempt'), [])
  } finally {
    await own.close()
    await upstream.close()
  }
})

test('A31: approval stores one login attempt for ten minutes and sets its cookie with the redirect', async () => {
  const store = createRecordingStore({ now: Date.now })
  const own = await startTestServer({ overrides: { store } })
  try {
    const agent = createUserAgent()
    const { url } = buildAuthorization(own.issuer, await register(own.issuer))
    const answer = await press(agent, await agent.open(url), {})
    assert.equal(answer.status, 303)
    const upstream = new URL(answer.headers.get('location') ?? '')
    assert.equal(upstream.origin, own.upstreamIssuer)
    assert.equal(upstream.searchParams.get('code_challenge_method'), 'S256')
    assert.match(upstream.searchParams.get('state') ?? '', /^[\w-]{40,}$/)
    assert.match(upstream.searchParams.get('nonce') ?? '', /^[\w-]{40,}$/)
    assert.deepEqual(store.lifetimes('login-attempt'), [600])
    const cookies = answer.headers
      .getSetCookie()
      .filter((line) => line.startsWith('mcp_oidc_login'))
    assert.ok(cookies.length >= 1)
    for (const cookie of cookies) assert.match(cookie, /; path=\/;.*; samesite=lax; httponly/i)
  } finally {
    await own.close()
  }
})

test('A17 A18: the page names client, redirect host, resource, scopes in words and upstream', async () => {
  const { page } = await ask({ scope: 'openid mcp:tools' })
  assert.equal(page.status, 200)
  assert.match(page.body, /Notes &lt;b&gt;editor&lt;\/b&gt;/)
  assert.doesNotMatch(page.body, /<b>editor/)
  assert.match(page.body, /<span class="standing">unverified<\/span>/)
  assert.match(page.body, /registered itself/)
  assert.match(page.body, /an app on this computer \(<strong><bdi[^>]*>127\.0\.0\.1:33418</)
  assert.match(page.body, /Allow only if you started this/)
  assert.match(page.body, /https:\/\/mcp\.example\.com\/mcp/)
  assert.match(page.body, /Use its tools as you/)
  assert.match(page.body, /Recognise you/)
  assert.match(page.body, /Test sign-in/)
})

test('the page says that the client stays connected whenever a refresh token is issued', async () => {
  for (const scope of ['mcp:tools', 'openid', 'mcp:tools offline_access', undefined]) {
    const { page, agent, codeVerifier } = await ask({ scope })
    assert.match(page.body, /stays connected for up to 180 days, even while you are away/, scope)
    const answer = await approve(agent, page)
    const { body } = await redeem(server.issuer, client, { answer, codeVerifier })
    assert.ok(body['refresh_token'], scope)
  }
})

test('A17 A27 A29: an https redirect URI shows its host, a private-use scheme and an unknown host a warning', async () => {
  const uris = [
    'https://claude.ai/api/mcp/auth_callback',
    'https://editor.example/cb',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://vscode.dev/redirect',
  ]
  const several = await register(server.issuer, { redirect_uris: uris })
  const open = (redirect_uri: string | undefined) =>
    createUserAgent().open(buildAuthorization(server.issuer, several, { redirect_uri }).url)
  const known = await open(uris[0])
  assert.match(known.body, /return to <strong><bdi[^>]*>claude\.ai<\/bdi>/)
  assert.doesNotMatch(known.body, /Careful/)
  const unknown = await open(uris[1])
  assert.match(unknown.body, /return to <strong><bdi[^>]*>editor\.example<\/bdi>/)
  assert.match(unknown.body, /Careful:<\/strong> nobody has verified this app/)
  const app = await open(uris[2])
  assert.match(app.body, /Careful:<\/strong> any app can claim <strong><bdi[^>]*>cursor:</)
  // It passes the answer on.
  const forwarder = await open(uris[3])
  assert.match(forwarder.body, /app on this computer, through <strong><bdi[^>]*>vscode\.dev</)
})

test('a client with a name that imitates a known one is marked, also on this computer', async () => {
  for (const redirect_uri of ['https://editor.example/cb', REDIRECT_URI]) {
    const metadata = { client_name: 'Сlaude Code', redirect_uris: [redirect_uri] }
    const imitating = await register(server.issuer, metadata)
    const { url } = buildAuthorization(server.issuer, imitating, { redirect_uri })
    const page = await createUserAgent().open(url)
    assert.match(page.body, /Careful:<\/strong> despite its name, this may not be <bdi>Claude</)
    const real = await register(server.issuer, { ...metadata, client_name: 'Claude Code' })
    const control = buildAuthorization(server.issuer, real, { redirect_uri })
    const { body } = await createUserAgent().open(control.url)
    assert.equal(/may not be/.test(body), redirect_uri !== REDIRECT_URI)
  }
})

test('a request for what the account allowed before says on which day, and one for more does not', async () => {
  const first = await ask({ scope: 'openid mcp:tools' })
  await approve(first.agent, first.page)
  const again = await ask({ scope: 'mcp:tools' }, first.agent)
  assert.match(again.page.body, /You allowed this on <time datetime="\d{4}-\d\d-\d\d">\d+ \w+/)
  const more = await ask({ scope: 'mcp:tools email' }, first.agent)
  assert.doesNotMatch(more.page.body, /You allowed this/)
  assert.match(more.page.body, /About you <span class="mark">new</)
  assert.match(more.page.body, /Allowed on <time/)
  const stranger = await ask({ scope: 'mcp:tools' })
  assert.doesNotMatch(stranger.page.body, /You allowed this|Allowed on/)
})

test('the page cannot be framed, cached or scripted, and its form may redirect anywhere', async () => {
  const { page } = await ask()
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /frame-ancestors 'none'/)
  assert.match(policy, /default-src 'none'/)
  // Chromium applies form-action to the whole chain of redirects, loopback and cursor:// included.
  assert.doesNotMatch(policy, /form-action|unsafe/)
  assert.equal(page.headers.get('x-frame-options'), 'DENY')
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.doesNotMatch(page.body, /<script|onclick|<iframe/i)
})

test('a page that was loaded twice works from either copy', async () => {
  for (const pick of [0, 1]) {
    const { agent, page } = await ask()
    const copies = [page, await agent.open(page.url)]
    assert.equal(csrfOf(copies[0] ?? page), csrfOf(copies[1] ?? page))
    const answer = await approve(agent, copies[pick] ?? page)
    assert.match(answer.searchParams.get('code') ?? '', /./)
  }
})

test('a submission from another site or without the CSRF token of its interaction is rejected', async () => {
  const { agent, page } = await ask()
  const other = await ask({}, agent)
  for (const button of [/^Allow/, /^Deny/]) {
    for (const [what, changes] of Object.entries({
      'no token': { fields: { csrf_token: '' } },
      'a forged token': { fields: { csrf_token: 'x'.repeat(43) } },
      'the token of another interaction': { fields: { csrf_token: csrfOf(other.page) } },
      'a cross-site request': { headers: { 'sec-fetch-site': 'cross-site' } },
    })) {
      const answer = await press(agent, page, { button, ...changes })
      assert.equal(answer.status, 403, `${what} ${button}`)
      assertErrorPage(answer, server, what)
      assert.deepEqual(answer.headers.getSetCookie(), [], what)
    }
  }
  assert.match((await approve(agent, page)).href, /code=/, 'the genuine submission still works')
})

test('the consent page of one browser cannot be submitted from another', async () => {
  const { page } = await ask()
  const otherBrowser = createUserAgent()
  for (const button of [/^Allow/, /^Deny/]) {
    const answer = await press(otherBrowser, page, { button })
    assert.equal(answer.status, 400)
    assertErrorPage(answer, server)
  }
  assertErrorPage(await otherBrowser.open(page.url), server)
})

test('A21: denying returns access_denied to the client with state and iss', async () => {
  const { agent, page, state } = await ask()
  const { url } = await agent.submit(page, { button: 'Deny', until: isAnswer(REDIRECT_URI) })
  const { searchParams } = new URL(url)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('state'), state)
  assert.equal(searchParams.get('iss'), server.issuer)
  assert.equal(searchParams.get('code'), null)
})
