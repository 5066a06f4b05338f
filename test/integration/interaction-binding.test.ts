import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type Page } from '../../scripts/dev/user-agent.ts'
import { approve, buildAuthorization, logIn, register } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('a planted interaction cookie does not show a browser the interaction of another browser', async () => {
  const client = await register(server.issuer)
  const attacker = createUserAgent()
  const page = await attacker.open(buildAuthorization(server.issuer, client).url)
  assert.equal(page.status, 200)

  const victim = createUserAgent()
  for (const cookie of await attacker.cookies.getCookies(page.url)) {
    if (!cookie.key.startsWith('mcp_oidc_interaction')) continue
    // A sibling host can plant a cookie with a path, but not one with the prefix __Host-.
    if (cookie.path === '/') continue
    await victim.cookies.setCookie(cookie, page.url)
  }
  const seen = await victim.open(page.url)
  assert.equal(seen.status, 400)
  assert.equal(seen.title, 'This sign-in has expired')
})

test('of several requests that resume one approved interaction, one gets a code', async () => {
  const client = await register(server.issuer)
  const agent = createUserAgent()
  const { tokens } = await logIn(server.issuer, { agent })
  assert.ok(tokens['access_token'])
  const authorization = buildAuthorization(server.issuer, client)
  const consent = await agent.open(authorization.url)
  const approved = await agent.submit(consent, {
    button: /^Allow/,
    until: (url) => url.pathname.startsWith('/authorize/'),
  })
  const cookie = await agent.cookies.getCookieString(approved.url)
  const answers = await Promise.all(
    [1, 2, 3].map(() => fetch(approved.url, { headers: { cookie }, redirect: 'manual' })),
  )
  const codes = answers.filter((answer) => answer.headers.get('location')?.includes('code='))
  assert.equal(codes.length, 1)
})

test('a browser that starts 60 sign-ins keeps the latest 20, in cookies that a server accepts', async () => {
  const client = await register(server.issuer)
  const agent = createUserAgent()
  const pages: Page[] = []
  for (let n = 0; n < 60; n += 1) {
    pages.push(await agent.open(buildAuthorization(server.issuer, client).url))
  }
  const cookies = await agent.cookies.getCookieString(server.issuer)
  assert.ok(cookies.length < 6000, `${cookies.length} characters`)
  const latest = pages.slice(-20)
  for (const page of latest) assert.equal((await agent.open(page.url)).status, 200)
  const expired = await agent.open(pages[0]?.url ?? '')
  assert.equal(expired.title, 'This sign-in has expired')
  const answer = await approve(agent, await agent.open(latest[0]?.url ?? ''))
  assert.match(answer.search, /[?&]code=/)
})
