import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { signInToAccount } from '../support/account.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  ADA,
  approve,
  authorize,
  buildAuthorization,
  claimsOf,
  GRACE,
  isAnswer,
  obtainTokens,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
  switchAccount,
} from '../support/journey.ts'
import { startTestServer } from '../support/server.ts'

// Requests from a browser that is already signed in, and how `prompt` and `max_age` change them.

const { server, client } = await openClientStage()

type Parameters = Record<string, string | undefined>

async function signIn(person = ADA): Promise<UserAgent> {
  const agent = createUserAgent()
  await authorize(buildAuthorization(server.issuer, client), { agent, person })
  return agent
}

async function ask(agent: UserAgent, parameters: Parameters = {}) {
  const authorization = buildAuthorization(server.issuer, client, parameters)
  const page = await agent.open(authorization.url, { until: isAnswer(REDIRECT_URI) })
  const { length } = agent.hops
  const upstreamHops = () =>
    agent.hops.slice(length).filter(({ url }) => url.startsWith(server.upstreamIssuer))
  return { ...authorization, page, upstreamHops }
}

async function subjectOf(answer: URL, codeVerifier: string) {
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier })
  return claimsOf(body['access_token'])['sub']
}

/** Presses a button that leads to the upstream's login page, and signs in there. */
async function signInAs(agent: UserAgent, page: Page, button: RegExp, person: string) {
  const login = await agent.submit(page, { button })
  const until = isAnswer(REDIRECT_URI)
  const answer = await agent.submit(login, { button: { name: 'person', value: person }, until })
  return new URL(answer.url)
}

test('A31: a second authorization asks again, names the account and finishes without the upstream', async () => {
  const agent = await signIn()
  const { page, upstreamHops, codeVerifier } = await ask(agent)
  assert.match(page.body, /<p class="account"><bdi>Ada Byron \(ada@example\.com\)<\/bdi>/)
  const answer = await approve(agent, page)
  assert.deepEqual(upstreamHops(), [])
  assert.equal(await subjectOf(answer, codeVerifier), ADA)
})

test('A31: another client needs consent too, even in a signed-in browser', async () => {
  const agent = await signIn()
  const other = await register(server.issuer, { client_name: 'Another editor' })
  const page = await agent.open(buildAuthorization(server.issuer, other).url)
  assert.equal(page.status, 200)
  assert.match(page.body, /Another editor/)
})

test('a consent page of a person who has signed out in another tab has expired, and so has another person’s', async () => {
  const signOut = async (agent: UserAgent) => {
    const account = await agent.open(`${server.issuer}/account`)
    await agent.submit(account, { button: 'Sign out here' })
  }
  const changePerson = async (agent: UserAgent) => {
    await signOut(agent)
    await signInToAccount(server, { agent, person: GRACE })
  }
  for (const change of [signOut, changePerson]) {
    const agent = await signIn()
    const { page } = await ask(agent)
    await change(agent)
    for (const answer of [await agent.open(page.url), await approveExpired(agent, page)]) {
      assert.equal(answer.status, 400)
      assert.match(answer.title, /expired/)
    }
  }
})

const approveExpired = (agent: UserAgent, page: Page) =>
  agent.submit(page, { button: /^Allow/, until: isAnswer(REDIRECT_URI) })

test('switching the account signs in another person with their own subject and session', async () => {
  const agent = await signIn(ADA)
  const before = await obtainTokens(server.issuer, client, { agent })
  const { page, codeVerifier, state } = await ask(agent)
  const answer = await signInAs(agent, await switchAccount(agent, page), /^Allow/, GRACE)
  assert.equal(answer.searchParams.get('state'), state)
  assert.equal(await subjectOf(answer, codeVerifier), GRACE)
  assert.match((await ask(agent)).page.body, /Grace Murray/)

  const kept = await refresh(server.issuer, client, before.body['refresh_token'])
  assert.equal(kept.status, 200, 'the grant of the first person stays valid')
  assert.equal(claimsOf(kept.body['access_token'])['sub'], ADA)
})

test('switching the account can sign in the same person again', async () => {
  const agent = await signIn(ADA)
  const { page, codeVerifier } = await ask(agent)
  const answer = await signInAs(agent, await switchAccount(agent, page), /^Allow/, ADA)
  assert.equal(await subjectOf(answer, codeVerifier), ADA)
})

test('prompt=login goes upstream even if somebody is signed in, and can sign in another person', async () => {
  for (const person of [ADA, GRACE]) {
    const agent = await signIn(ADA)
    const { page, upstreamHops, codeVerifier } = await ask(agent, { prompt: 'login' })
    assert.doesNotMatch(page.body, /Switch account/)
    const answer = await signInAs(agent, page, /^Allow/, person)
    assert.match(upstreamHops()[0]?.url ?? '', /[?&]prompt=login/)
    assert.equal(await subjectOf(answer, codeVerifier), person)
  }
})

test('A21: prompt=none never shows a page: login_required, or consent_required when signed in', async () => {
  for (const [agent, error] of [
    [createUserAgent(), 'login_required'],
    [await signIn(), 'consent_required'],
  ] as const) {
    const { page, state } = await ask(agent, { prompt: 'none' })
    const { searchParams } = new URL(page.url)
    assert.equal(searchParams.get('error'), error)
    assert.equal(searchParams.get('state'), state)
    assert.equal(searchParams.get('iss'), server.issuer)
  }
})

test('prompt=consent asks once and does not loop, signed in or not', async () => {
  for (const prompt of ['consent', 'login consent', 'select_account', 'create']) {
    for (const agent of [createUserAgent(), await signIn()]) {
      const { page, codeVerifier } = await ask(agent, { prompt, scope: 'openid offline_access' })
      if (isAnswer(REDIRECT_URI)(new URL(page.url))) {
        // OpenID Connect Core §3.1.2.1: an unsupported prompt redirects to the client with an error.
        assert.match(prompt, /select_account|create/)
        assert.equal(new URL(page.url).searchParams.get('error'), 'invalid_request')
        continue
      }
      const answer = await approve(agent, page)
      assert.equal(await subjectOf(answer, codeVerifier), ADA, prompt)
    }
  }
})

test('max_age: a sign-in that is too old is repeated, upstream included, and auth_time is updated', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const ownClient = await register(own.issuer)
    const agent = createUserAgent()
    const isUpstream = ({ url }: { url: string }) => url.startsWith(own.upstreamIssuer)
    const visit = async (max_age: string) => {
      const { length } = agent.hops
      const parameters = { scope: 'openid', max_age }
      const { body } = await obtainTokens(own.issuer, ownClient, { agent, parameters })
      const authTime = Number(claimsOf(body['id_token'])['auth_time'])
      return { authTime, hops: agent.hops.slice(length).filter(isUpstream) }
    }
    const first = await visit('3600')
    assert.ok(first.hops.length > 0)
    mock.timers.tick(600_000)
    const young = await visit('3600')
    assert.deepEqual(young.hops, [])
    assert.equal(young.authTime, first.authTime)
    const old = await visit('300')
    assert.match(old.hops[0]?.url ?? '', /[?&]max_age=300/)
    assert.ok(old.authTime >= first.authTime + 600)
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

for (const parameters of [
  { scope: 'openid', max_age: '0' },
  // Without openid, no ID token could give the time of an older sign-in.
  { scope: 'mcp:tools', max_age: '0' },
  { scope: 'mcp:tools', max_age: '3600' },
]) {
  test(`a signed-in person signs in again for ${new URLSearchParams(parameters)}`, async () => {
    const agent = await signIn()
    const { page, upstreamHops, codeVerifier } = await ask(agent, parameters)
    const answer = await signInAs(agent, page, /^Allow/, ADA)
    assert.match(upstreamHops()[0]?.url ?? '', /[?&](max_age=0|prompt=login)/)
    assert.equal(await subjectOf(answer, codeVerifier), ADA)
  })
}
