import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import {
  ADA,
  buildAuthorization,
  claimsOf,
  GRACE,
  isAnswer,
  REDIRECT_URI,
  redeem,
  register,
} from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const { server, client } = await openClientStage()

/** Approves, and stops at the sign-in page of the upstream. */
async function beginLogin(agent: UserAgent, { issuer } = server, of = client) {
  const authorization = buildAuthorization(issuer, of)
  const login = await agent.submit(await agent.open(authorization.url), { button: /^Allow/ })
  return { ...authorization, agent, login }
}

/** Signs in at the upstream; returns the URL of the callback without opening it. */
async function callbackOf(agent: UserAgent, login: Page, person = ADA, { issuer } = server) {
  const until = isAnswer(`${issuer}/callback`)
  const button = { name: 'person', value: person }
  return (await agent.submit(login, { button, until })).url
}

const finish = (agent: UserAgent, url: string) => agent.open(url, { until: isAnswer(REDIRECT_URI) })

async function subjectOf(page: Page, codeVerifier: string) {
  const answer = new URL(page.url)
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier })
  return claimsOf(body['access_token'])['sub']
}

test('a callback in another browser is rejected, and the first browser can still finish', async () => {
  const { agent, login, codeVerifier } = await beginLogin(createUserAgent())
  const url = await callbackOf(agent, login)
  const rejected = await finish(createUserAgent(), url)
  assert.equal(rejected.status, 400)
  assert.match(rejected.title, /cannot continue here/)
  assertErrorPage(rejected, server)
  assert.equal(await subjectOf(await finish(agent, url), codeVerifier), ADA)
})

test('a callback without the cookie of its interaction is rejected before the code is redeemed', async () => {
  const { agent, login } = await beginLogin(createUserAgent())
  const url = await callbackOf(agent, login)
  const cookies = (await agent.cookies.getCookieString(url)).split('; ')
  const cookie = cookies.filter((one) => one.startsWith('mcp_oidc_login_')).join('; ')
  const answer = await send(url, { headers: { accept: 'text/html', cookie } })
  assert.equal(answer.status, 400)
  assert.match(answer.body, /This sign-in cannot continue here/)
  assertErrorPage(answer, server)
})

test("a victim who follows an attacker's upstream link ends at an error page", async () => {
  const attacker = await beginLogin(createUserAgent())
  const victim = createUserAgent()
  const login = await victim.open(attacker.login.url)
  assert.notEqual(login.status, 200, 'the upstream binds its page to a browser too')
  const { location = '' } = attacker.agent.hops.find(({ url }) => url.endsWith('/approve')) ?? {}
  const upstream = await victim.open(location)
  const page = await finish(victim, await callbackOf(victim, upstream, GRACE))
  assert.match(page.title, /cannot continue here/)
  assertErrorPage(page, server)
})

test('a callback is accepted once: a replay is rejected', async () => {
  const { agent, login } = await beginLogin(createUserAgent())
  const url = await callbackOf(agent, login)
  const cookies = await agent.cookies.getCookieString(url)
  assert.match((await finish(agent, url)).url, /code=/)
  const again = await finish(agent, url)
  assert.equal(again.status, 400)
  assertErrorPage(again, server)
  const replayed = await send(url, { headers: { accept: 'text/html', cookie: cookies } })
  assert.equal(replayed.status, 400, 'a saved cookie does not help')
  assert.match(replayed.body, /This sign-in was already finished, or took too long/)
})

test('a callback with an altered, empty or missing state is rejected before anything is spent', async () => {
  const { agent, login } = await beginLogin(createUserAgent())
  const url = await callbackOf(agent, login)
  for (const state of ['x', '', undefined, '\0']) {
    const altered = new URL(url)
    if (state === undefined) altered.searchParams.delete('state')
    else altered.searchParams.set('state', state)
    const page = await finish(agent, altered.href)
    assert.equal(page.status, 400)
    assertErrorPage(page, server)
  }
  assert.match((await finish(agent, url)).url, /code=/)
})

test('a callback with an altered code or issuer ends at an error page, never with a code', async () => {
  for (const [name, value, status] of [
    ['code', 'x', 502],
    ['code', '', 400],
    ['iss', 'https://evil.example', 400],
  ] as const) {
    const { agent, login } = await beginLogin(createUserAgent())
    const altered = new URL(await callbackOf(agent, login))
    altered.searchParams.set(name, value)
    const page = await finish(agent, altered.href)
    assert.equal(page.status, status, name)
    assertErrorPage(page, server)
    assert.doesNotMatch(page.body, /evil/)
  }
})

test("another person's code is rejected: PKCE and nonce bind it to its login attempt", async () => {
  const thief = await beginLogin(createUserAgent())
  const victim = await beginLogin(createUserAgent())
  const stolen = new URL(await callbackOf(victim.agent, victim.login, GRACE))
  const injected = new URL(await callbackOf(thief.agent, thief.login, ADA))
  injected.searchParams.set('code', stolen.searchParams.get('code') ?? '')
  const page = await finish(thief.agent, injected.href)
  assert.equal(page.status, 502)
  assertErrorPage(page, server)
})

test('two tabs of one browser both sign in, whichever finishes first', async () => {
  for (const isInOrder of [true, false]) {
    const agent = createUserAgent()
    const tabs = [await beginLogin(agent), await beginLogin(agent)]
    for (const tab of isInOrder ? tabs : tabs.toReversed()) {
      const page = await finish(agent, await callbackOf(agent, tab.login))
      assert.equal(await subjectOf(page, tab.codeVerifier), ADA)
      assert.equal(new URL(page.url).searchParams.get('state'), tab.state)
    }
  }
})

test('a login attempt expires after ten minutes', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const begun = await beginLogin(createUserAgent(), own, await register(own.issuer))
    const url = await callbackOf(begun.agent, begun.login, ADA, own)
    const cookie = await begun.agent.cookies.getCookieString(url)
    mock.timers.tick(601_000)
    const page = await send(url, { headers: { accept: 'text/html', cookie } })
    assert.equal(page.status, 400)
    assert.match(page.body, /took too long/)
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('A26: under an https issuer all endpoints are https, and cookies are Secure and have a prefix', async () => {
  const issuer = 'https://auth.example.com'
  const own = await startTestServer({ env: { OIDC_ISSUER: issuer } })
  const headersOf: Headers[] = []
  const visit = async (path: string, body?: URLSearchParams) => {
    const cookie = headersOf
      .flatMap((headers) => headers.getSetCookie().map((line) => line.split(';')[0]))
      .join('; ')
    const answer = await send(new URL(path, own.issuer), {
      headers: { cookie },
      ...(body && { body }),
    })
    headersOf.push(answer.headers)
    return answer
  }
  try {
    const document = jsonOf(await visit('/.well-known/openid-configuration'))
    for (const [name, value] of Object.entries(document)) {
      if (/_endpoint$|_uri$|^issuer$/.test(name)) assert.match(String(value), /^https:/, name)
    }
    const { url } = buildAuthorization(own.issuer, await register(own.issuer))
    const consentPath = (await visit(url)).headers.get('location') ?? ''
    const token = /csrf_token" value="([^"]+)/.exec((await visit(consentPath)).body)?.[1] ?? ''
    const approved = await visit(
      `${consentPath}/approve`,
      new URLSearchParams({ csrf_token: token }),
    )
    assert.equal(approved.status, 303, approved.body)

    const set = headersOf.flatMap((headers) => headers.getSetCookie())
    assert.ok(set.length >= 3)
    for (const cookie of set) {
      assert.match(cookie, /^__(Host|Secure)-/)
      assert.match(cookie, /; secure/i)
      assert.match(cookie, /; httponly/i)
      assert.match(cookie, /; samesite=lax/i)
      if (cookie.startsWith('__Host-')) assert.match(cookie, /; path=\/;/i)
    }
    assert.ok(set.some((cookie) => cookie.startsWith('__Host-mcp_oidc_login_')))
    for (const headers of headersOf) {
      assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d{7,}/)
    }
  } finally {
    await own.close()
  }
})
