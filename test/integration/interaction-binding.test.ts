import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createFormRequest } from '../../scripts/dev/html-form.ts'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import {
  ADA,
  approve,
  authorize,
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  register,
} from '../support/journey.ts'
import { send } from '../support/send.ts'
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

test('the consent page and its answers serve only the interaction that their address names', async () => {
  const client = await register(server.issuer)
  const agent = createUserAgent()
  const named = await agent.open(buildAuthorization(server.issuer, client).url)
  const planted = await agent.open(buildAuthorization(server.issuer, client).url)
  const cookie = await agent.cookies.getCookieString(planted.url)
  const { body } = createFormRequest(planted, /^Allow/, {})
  for (const [answer, form] of Object.entries({ '': undefined, '/approve': body, '/deny': body })) {
    const { status, body: seen } = await send(named.url + answer, {
      headers: { accept: 'text/html', cookie, 'content-type': 'application/x-www-form-urlencoded' },
      ...(form !== undefined && { body: form }),
      method: form === undefined ? 'GET' : 'POST',
    })
    // The page is that of the address, whatever the engine's cookie says; a form of another page is no answer to it.
    assert.equal(status, form === undefined ? 200 : 403, answer)
    assert.ok(!seen.includes(new URL(planted.url).pathname), answer)
  }
  for (const page of [named, planted]) {
    assert.match((await approve(agent, page)).search, /[?&]code=/, 'neither was answered')
  }
})

type Step = (agent: UserAgent, consent: Page) => Promise<Page>

const isResume = ({ pathname }: URL) => pathname.startsWith('/authorize/')

/** Each way to answer the consent page. The browser is about to open `/authorize/:uid`. */
const ANSWERS: Readonly<Record<string, { readonly wasSignedIn: boolean; readonly answer: Step }>> =
  {
    'a sign-in': {
      wasSignedIn: false,
      async answer(agent, consent) {
        const upstream = await agent.submit(consent, { button: /^Allow/ })
        return agent.submit(upstream, { button: { name: 'person', value: ADA }, until: isResume })
      },
    },
    'an approval by the signed-in account': {
      wasSignedIn: true,
      answer: (agent, consent) => agent.submit(consent, { button: /^Allow/, until: isResume }),
    },
    'a denial': {
      wasSignedIn: false,
      answer: (agent, consent) => agent.submit(consent, { button: 'Deny', until: isResume }),
    },
  }

const namesOf = async (agent: UserAgent) =>
  (await agent.cookies.getCookies(server.issuer)).map(({ key }) => key)

for (const [what, { wasSignedIn, answer }] of Object.entries(ANSWERS)) {
  test(`${what} is completed only by the browser that began it, not by one with a planted cookie`, async () => {
    const client = await register(server.issuer)
    const attacker = createUserAgent()
    if (wasSignedIn) await authorize(buildAuthorization(server.issuer, client), { agent: attacker })
    const consent = await attacker.open(buildAuthorization(server.issuer, client).url)
    const { url } = await answer(attacker, consent)

    const victim = createUserAgent()
    const planted = (await attacker.cookies.getCookies(url)).filter(
      ({ key, path }) => key.startsWith('mcp_oidc_resume') && path !== '/',
    )
    assert.equal(planted.length, 2, 'a cookie and its signature')
    for (const cookie of planted) await victim.cookies.setCookie(cookie, url)
    const seen = await victim.open(url, { until: isAnswer(REDIRECT_URI) })
    assert.equal(seen.status, 400)
    assert.equal(seen.title, 'This sign-in has expired')
    assert.deepEqual(await namesOf(victim), [], 'the victim is not signed in')

    const own = await attacker.open(url, { until: isAnswer(REDIRECT_URI) })
    const { searchParams } = new URL(own.url)
    assert.ok(searchParams.has(what === 'a denial' ? 'error' : 'code'), own.url)
    const left = (await namesOf(attacker)).filter((key) => /interaction|resume|login/.test(key))
    assert.deepEqual(left, [], 'nothing of the sign-in is left in the browser')
  })
}

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

test('a response clears at most 20 cookies, so that a browser with 380 of them can read it', async () => {
  const { url } = buildAuthorization(server.issuer, await register(server.issuer))
  const old = Array.from({ length: 380 }, (_, n) => n.toString(16).padStart(12, '0'))
  // No name of ours is as long, so this one is not cleared.
  const long = `mcp_oidc_interaction_${'0'.repeat(800)}=`
  const cookie = [long, ...old.map((id) => `mcp_oidc_interaction_${id}=`)].join('; ')
  // Rejects headers of more than 16 KiB.
  const answer = await send(url, { headers: { cookie } })
  assert.equal(answer.status, 303)
  const cleared = answer.headers
    .getSetCookie()
    .filter((header) => /^mcp_oidc_interaction_[\da-f]{12}=;/.test(header))
  assert.deepEqual(
    cleared.map((header) => header.slice(21, 33)),
    old.slice(0, 20),
  )
  assert.ok(!answer.raw.includes(long.slice(0, 40)))
})
