import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { createRelyingParty, type RelyingParty } from '../../src/upstream/relying-party.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import {
  approve,
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
} from '../support/journey.ts'
import { send } from '../support/send.ts'

// While `isDown`, the relying party connects to a closed port instead of the real upstream.
let isDown = false
const CLOSED = 'http://127.0.0.1:9'

function createCurrentRelyingParty(): RelyingParty {
  const { upstream } = server.config
  return createRelyingParty({
    upstream: isDown ? { ...upstream, issuer: CLOSED } : upstream,
    now: Date.now,
  })
}

const relyingParty: RelyingParty = {
  check: () => createCurrentRelyingParty().check(),
  begin: (request) => createCurrentRelyingParty().begin(request),
  complete: (search, begun) => createCurrentRelyingParty().complete(search, begun),
  refresh: (tokens, keep) => createCurrentRelyingParty().refresh(tokens, keep),
  readUserinfo: (tokens) => createCurrentRelyingParty().readUserinfo(tokens),
}

const { server, client } = await openClientStage({ overrides: { relyingParty } })

const until = isAnswer(REDIRECT_URI)

async function beginLogin(agent: UserAgent) {
  const authorization = buildAuthorization(server.issuer, client)
  const login = await agent.submit(await agent.open(authorization.url), { button: /^Allow/ })
  return { ...authorization, login }
}

function linkOf(page: Page, text: string): URL {
  const link = parse(page.body)
    .querySelectorAll('a')
    .find((candidate) => candidate.text.trim() === text)
  assert.ok(link, `${text} at ${page.title}`)
  return new URL(link.getAttribute('href') ?? '', page.url)
}

async function assertClientGetsError(agent: UserAgent, page: Page, state: string, error: string) {
  const { url } = await agent.open(linkOf(page, 'Go back to the app'), { until })
  const { searchParams } = new URL(url)
  assert.ok(until(new URL(url)), url)
  assert.equal(searchParams.get('error'), error)
  assert.equal(searchParams.get('state'), state)
  assert.equal(searchParams.get('iss'), server.issuer)
  assert.equal(searchParams.get('code'), null)
}

/** An authorization error response as an attacker or a broken upstream could send it. */
function errorAnswer(login: Page, agent: UserAgent, fields: Record<string, string>): URL {
  const approved = agent.hops.findLast(({ url }) => url.endsWith('/approve'))
  const url = new URL(`${server.issuer}/callback`)
  const state = new URL(approved?.location ?? login.url).searchParams.get('state') ?? ''
  url.search = new URLSearchParams({ state, iss: server.upstreamIssuer, ...fields }).toString()
  return url
}

test('A21: cancelling upstream shows a page whose link sends access_denied to the client', async () => {
  const agent = createUserAgent()
  const { login, state } = await beginLogin(agent)
  const page = await agent.submit(login, { button: { name: 'cancel', value: 'yes' }, until })
  assert.equal(page.status, 403)
  assert.equal(page.title, 'You were not signed in')
  assertErrorPage(page, server)
  await assertClientGetsError(agent, page, state, 'access_denied')
})

test('a person who cancels upstream can try again from the page and succeed', async () => {
  const agent = createUserAgent()
  const { login } = await beginLogin(agent)
  const page = await agent.submit(login, { button: { name: 'cancel', value: 'yes' }, until })
  const again = await agent.open(linkOf(page, 'Try again'))
  assert.match((await approve(agent, again)).href, /code=/)
})

test('an upstream error becomes one of our errors, and its text is not shown', async () => {
  for (const [theirs, status, ours] of [
    ['access_denied', 403, 'access_denied'],
    ['server_error', 502, 'server_error'],
    ['nonsense', 502, 'server_error'],
    ['temporarily_unavailable', 503, 'temporarily_unavailable'],
  ] as const) {
    const agent = createUserAgent()
    const { login, state } = await beginLogin(agent)
    const error_description = 'call 0900-SCAM <script>alert(1)</script>'
    const answer = errorAnswer(login, agent, { error: theirs, error_description })
    const page = await agent.open(answer, { until })
    assert.equal(page.status, status, theirs)
    assert.doesNotMatch(page.body, /SCAM|<script/)
    assertErrorPage(page, server)
    await assertClientGetsError(agent, page, state, ours)
  }
})

test('A36: while the upstream is down, a sign-in is a 503 page whose retry link works afterwards', async () => {
  const agent = createUserAgent()
  const consent = await agent.open(buildAuthorization(server.issuer, client).url)
  isDown = true
  let page: Page
  try {
    page = await agent.submit(consent, { button: /^Allow/ })
    assert.equal(page.status, 503)
    assert.match(page.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    assert.equal(page.title, 'Sign-in is temporarily unavailable')
    assert.doesNotMatch(page.body, /127\.0\.0\.1:9|ECONNREFUSED/)
    assertErrorPage(page, server)
  } finally {
    isDown = false
  }
  const again = await agent.open(linkOf(page, 'Try again'))
  assert.match((await approve(agent, again)).href, /code=/)
})

test('A36: an upstream outage during a sign-in fails only that sign-in', async () => {
  const agent = createUserAgent()
  const { login, state } = await beginLogin(agent)
  const callback = { until: isAnswer(`${server.issuer}/callback`) }
  const button = { name: 'person', value: 'dev-1815' }
  const { url } = await agent.submit(login, { button, ...callback })
  isDown = true
  try {
    const page = await agent.open(url, { until })
    assert.equal(page.status, 503)
    assert.match(page.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    assertErrorPage(page, server)
    await assertClientGetsError(agent, page, state, 'temporarily_unavailable')
  } finally {
    isDown = false
  }
})

test('A36: metadata, keys, refreshes, userinfo and signed-in browsers work while the upstream is down', async () => {
  const agent = createUserAgent()
  const parameters = { scope: 'openid' }
  const { client: known, tokens } = await logIn(server.issuer, { agent, parameters })
  isDown = true
  try {
    const authorization = `Bearer ${tokens['access_token']}`
    const paths = ['/.well-known/oauth-authorization-server', '/jwks', '/userinfo', '/readyz']
    for (const path of paths) {
      const answer = await send(server.issuer + path, { headers: { authorization } })
      assert.equal(answer.status, 200, path)
    }
    const refreshed = await refresh(server.issuer, known, tokens['refresh_token'])
    assert.equal(refreshed.status, 200)
    const page = await agent.open(buildAuthorization(server.issuer, known).url)
    assert.match((await approve(agent, page)).href, /code=/)
  } finally {
    isDown = false
  }
})
