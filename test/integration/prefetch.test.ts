// Prefetches and HEAD requests, which a browser may send before the person navigates, neither start nor
// finish anything.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { ADA, buildAuthorization, isAnswer } from '../support/journey.ts'
import { approveOnce, startRememberingServer, visit, WEB } from '../support/remembering.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startRememberingServer()
})
after(() => server.close())

/** Sends a HEAD or GET with this browser's cookies, as if the person had typed the URL. */
async function requestAs(
  agent: UserAgent,
  url: string,
  method = 'HEAD',
  headers: Record<string, string> = {},
) {
  const cookie = await agent.cookies.getCookieString(url)
  const answer = await send(url, {
    method,
    headers: { cookie, 'sec-fetch-site': 'none', ...headers },
  })
  assert.equal(answer.headers.get('set-cookie'), null)
  assert.equal(answer.headers.get('location'), null)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  return answer
}

for (const [header, purposes] of Object.entries({
  'sec-purpose': ['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip'],
  purpose: ['prefetch'],
  'x-purpose': ['preview'],
  'x-moz': ['prefetch'],
})) {
  test(`a prefetch announced by the header ${header} is a 403 and starts nothing`, async () => {
    const approved = await approveOnce(server)
    const { url } = buildAuthorization(server.issuer, approved.client, { redirect_uri: WEB })
    for (const purpose of purposes) {
      const answer = await requestAs(approved.agent, url, 'GET', { [header]: purpose })
      assert.equal(answer.status, 403, purpose)
    }
    assert.equal((await visit(approved)).kind, 'answered', 'a real navigation is still answered')
  })
}

test('HEAD /authorize is a 405, starts nothing and issues no code', async () => {
  const { agent, client } = await approveOnce(server)
  const { url } = buildAuthorization(server.issuer, client, { redirect_uri: WEB })
  for (const path of ['/authorize', '/Authorize', '/authorize/']) {
    for (const method of ['HEAD', 'PUT']) {
      const answer = await requestAs(agent, url.replace('/authorize', path), method)
      assert.equal(answer.status, 405, path)
      assert.equal(answer.headers.get('allow'), 'GET, POST', `${method} ${path}`)
    }
  }
})

test('HEAD on the resume URL of the engine issues no code, and a later GET still does', async () => {
  const { agent, client } = await approveOnce(server)
  const { url } = buildAuthorization(server.issuer, client, {
    redirect_uri: WEB,
    prompt: 'consent',
  })
  const until = ({ pathname }: URL) => pathname.startsWith('/authorize/')
  const resuming = await agent.submit(await agent.open(url), { button: /^Allow/, until })
  assert.equal((await requestAs(agent, resuming.url)).status, 405)
  const answer = await agent.open(resuming.url, { until: isAnswer(WEB) })
  assert.match(new URL(answer.url).searchParams.get('code') ?? '', /./)
})

test('HEAD on the upstream callback consumes nothing, however its path is spelled', async () => {
  const { client } = await approveOnce(server)
  const agent = createUserAgent()
  const { url } = buildAuthorization(server.issuer, client, { redirect_uri: WEB })
  const atUpstream = await agent.submit(await agent.open(url), { button: /^Allow/ })
  const until = ({ pathname }: URL) => pathname === '/callback'
  const person = { name: 'person', value: ADA }
  const answered = await agent.submit(atUpstream, { button: person, until })
  for (const path of ['/callback', '/callback/', '/Callback', '/CALLBACK/']) {
    const spelled = answered.url.replace('/callback', path)
    assert.equal((await requestAs(agent, spelled)).status, 405, path)
  }
  // The router accepts such a spelling by GET, so the spellings above do name the callback.
  const spelled = answered.url.replace('/callback', '/Callback/')
  const answer = await agent.open(spelled, { until: isAnswer(WEB) })
  assert.match(new URL(answer.url).searchParams.get('code') ?? '', /./)
})

test('a callback whose path ends in a slash has no spelling that HEAD can use', async (t) => {
  const OIDC_ISSUER = 'https://auth.example.com'
  const env = { OIDC_ISSUER, UPSTREAM_REDIRECT_URI: `${OIDC_ISSUER}/callback/` }
  const own = await startTestServer({ env })
  t.after(() => own.close())
  const ask = async (path: string, method: string) =>
    (await send(`${own.issuer}${path}?state=x`, { method })).status
  for (const path of ['/callback', '/callback/', '/Callback/']) {
    assert.deepEqual([await ask(path, 'GET'), await ask(path, 'HEAD')], [400, 405], path)
  }
  assert.deepEqual([await ask('/callback//', 'GET'), await ask('/callback//', 'HEAD')], [404, 404])
})
