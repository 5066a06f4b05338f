// What a client and a browser see when the access of their account has ended. The use case is end-access.ts; the endpoints
// that call it have tests of their own.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type Page, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import type { AccessEnd } from '../../../src/domain/access/end-access.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { type Access, openAccess } from '../../support/access.ts'
import {
  ADA,
  approve,
  authorize,
  buildAuthorization,
  type Client,
  isAnswer,
  logIn,
  obtainTokens,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../../support/journey.ts'
import { basic, form, jsonOf, send } from '../../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../../support/server.ts'

const SECRET = 'the secret of the resource server'
const SCOPE = 'openid mcp:tools'
const until = isAnswer(REDIRECT_URI)

let server: TestServer
let access: Access
let client: Client
/** Runs once, right before a command of the store. */
let interruption:
  | { when: (command: string, key: string) => boolean; act: () => Promise<unknown> }
  | undefined
before(async () => {
  const memory = createMemoryStore({ now: Date.now })
  const hook = async (command: string, key: string): Promise<void> => {
    const hooked = interruption
    if (!hooked?.when(command, key)) return
    interruption = undefined
    await hooked.act()
  }
  const store: Store = {
    ...memory,
    async swap(key, ...rest) {
      await hook('swap', key)
      return memory.swap(key, ...rest)
    },
    async set(key, ...rest) {
      await hook('set', key)
      return memory.set(key, ...rest)
    },
  }
  server = await startTestServer({
    overrides: { store },
    env: { CONSENT: 'remember', CRM_SECRET: SECRET },
    file: {
      consent: { rememberLoopback: true },
      resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'CRM_SECRET' }],
    },
  })
  access = openAccess(server.config, memory)
  client = await register(server.issuer)
})
after(() => server.close())

const end = (changes: Partial<AccessEnd> = {}) =>
  access.control.endAccess({ sub: ADA, what: 'everything', reason: 'admin', ...changes })
const enable = () => access.control.enableAccount({ sub: ADA, reason: 'admin' })

const signIn = (agent: UserAgent = createUserAgent()) =>
  logIn(server.issuer, { agent, parameters: { scope: SCOPE } })

async function isActive(token: unknown): Promise<unknown> {
  const authorization = basic(TEST_RESOURCE, SECRET)
  const body = form({ token: String(token) })
  return jsonOf(await send(`${server.issuer}/introspect`, { headers: { authorization }, body }))[
    'active'
  ]
}

async function userinfoStatus(token: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await send(`${server.issuer}/userinfo`, { headers })).status
}

/** Presses Allow, and signs in as ADA if the upstream asks. Returns the page or the client's answer. */
async function press(agent: UserAgent, page: Page): Promise<Page> {
  const next = await agent.submit(page, { button: /^Allow/, until })
  if (!next.url.startsWith(server.upstreamIssuer)) return next
  return agent.submit(next, { button: { name: 'person', value: ADA }, until })
}

/** How a request of a client that has the person's approval begins in this browser. */
async function openAuthorization(agent: UserAgent, parameters = {}) {
  const { url } = buildAuthorization(server.issuer, client, { scope: SCOPE, ...parameters })
  return agent.open(url, { until })
}

test('when access has ended, refresh, /introspect and /userinfo refuse at once; the person can sign in again', async () => {
  const { tokens, client: own } = await signIn()
  assert.equal(await isActive(tokens['access_token']), true)
  assert.equal(await userinfoStatus(tokens['access_token']), 200)
  await end()
  assert.equal(await isActive(tokens['access_token']), false)
  assert.equal(await userinfoStatus(tokens['access_token']), 401)
  const refused = await refresh(server.issuer, own, tokens['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  const again = await signIn()
  assert.equal(await isActive(again.tokens['access_token']), true)
  assert.equal(
    (await refresh(server.issuer, again.client, again.tokens['refresh_token'])).status,
    200,
  )
})

test('a refresh that has read account and grant fails if access ends before its compare-and-set', async () => {
  const { tokens, client: own } = await signIn()
  const when = (command: string, key: string) =>
    command === 'swap' && key.includes(':refresh-family:')
  interruption = { when, act: () => end() }
  const { status, body } = await refresh(server.issuer, own, tokens['refresh_token'])
  assert.equal(interruption, undefined)
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
})

test('the same for a grant that is not on the list: the account is read again', async () => {
  const { tokens, client: own } = await signIn()
  await access.unlist(ADA)
  const alive = await refresh(server.issuer, own, tokens['refresh_token'])
  assert.equal(alive.status, 200)
  const when = (command: string, key: string) =>
    command === 'swap' && key.includes(':refresh-family:')
  interruption = { when, act: () => end() }
  const { status, body } = await refresh(server.issuer, own, alive.body['refresh_token'])
  assert.equal(interruption, undefined)
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
})

test('a code that was issued before the end yields no tokens', async () => {
  const authorization = buildAuthorization(server.issuer, client, { scope: SCOPE })
  const answer = await authorize(authorization)
  await end()
  const { codeVerifier } = authorization
  const { status, body } = await redeem(server.issuer, client, { answer, codeVerifier })
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
})

test('a code that is being redeemed when access ends yields a dead refresh token', async () => {
  const authorization = buildAuthorization(server.issuer, client, { scope: SCOPE })
  const answer = await authorize(authorization)
  const when = (command: string, key: string) =>
    command === 'set' && key.includes(':refresh-family:')
  interruption = { when, act: () => end() }
  const { codeVerifier } = authorization
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier })
  assert.equal(interruption, undefined)
  assert.equal((await refresh(server.issuer, client, body['refresh_token'])).status, 400)
  assert.equal(await isActive(body['access_token']), false)
})

for (const what of ['everything', 'grants', 'sessions'] as const) {
  test(`an approval that was on its way when ${what} ended makes no session and no grant`, async () => {
    const agent = createUserAgent()
    const page = await openAuthorization(agent, { prompt: 'consent' })
    // The person has signed in at the upstream, and the browser is about to resume.
    const when = (command: string, key: string) =>
      command === 'swap' && key.includes(':interaction:')
    interruption = { when, act: () => end({ what }) }
    const stopped = await press(agent, page)
    assert.equal(interruption, undefined)
    assert.match(stopped.url, /\/interaction\//)
    assert.equal(stopped.status, 200)
    assert.doesNotMatch(stopped.body, /Switch account/)
    const answer = await approve(agent, stopped)
    assert.ok(answer.searchParams.get('code'))
  })
}

test('an approval of a signed-in person that was on its way when grants ended makes no grant', async () => {
  const agent = createUserAgent()
  await signIn(agent)
  const page = await openAuthorization(agent, { prompt: 'consent' })
  assert.match(page.body, /Switch account/)
  const when = (command: string, key: string) => command === 'swap' && key.includes(':interaction:')
  interruption = { when, act: () => end({ what: 'grants' }) }
  const stopped = await agent.submit(page, { button: /^Allow/, until })
  assert.equal(interruption, undefined)
  assert.match(stopped.url, /\/interaction\//)
})

test('grants that are not on the list end as completely: codes, refreshes, /introspect and /userinfo', async () => {
  const { tokens, client: own } = await signIn()
  const authorization = buildAuthorization(server.issuer, client, { scope: SCOPE })
  const answer = await authorize(authorization)
  await access.unlist(ADA)
  assert.equal(await isActive(tokens['access_token']), true)
  await end({ what: 'grants' })
  assert.equal(await isActive(tokens['access_token']), false)
  assert.equal(await userinfoStatus(tokens['access_token']), 401)
  const { codeVerifier } = authorization
  assert.equal((await redeem(server.issuer, client, { answer, codeVerifier })).status, 400)
  assert.equal((await refresh(server.issuer, own, tokens['refresh_token'])).status, 400)
})

test('ending sessions signs browsers out at once, and leaves clients connected', async () => {
  const agent = createUserAgent()
  const { body: tokens } = await obtainTokens(server.issuer, client, {
    agent,
    parameters: { scope: SCOPE },
  })
  assert.match((await openAuthorization(agent, { prompt: 'consent' })).body, /Switch account/)
  await end({ what: 'sessions' })
  const page = await openAuthorization(agent)
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.body, /Switch account/)
  const silent = await openAuthorization(agent, { prompt: 'none' })
  assert.equal(new URL(silent.url).searchParams.get('error'), 'login_required')
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
})

test('a session that was ended stays ended, also when the account has a new one in another browser', async () => {
  const [old, other] = [createUserAgent(), createUserAgent()]
  await signIn(old)
  await end({ what: 'sessions' })
  await signIn(other)
  for (const turn of [1, 2]) {
    const page = await openAuthorization(old)
    assert.equal(page.status, 200, `${turn}`)
    assert.doesNotMatch(page.body, /Switch account/)
  }
  assert.match((await openAuthorization(other, { prompt: 'consent' })).body, /Switch account/)
})

test('a session and a grant from before generations count until access ends, and not after it', async () => {
  const agent = createUserAgent()
  const { tokens, client: own } = await signIn(agent)
  await access.forgetGenerations(ADA, await agent.cookies.getCookies(server.issuer))
  assert.match((await openAuthorization(agent, { prompt: 'consent' })).body, /Switch account/)
  const alive = await refresh(server.issuer, own, tokens['refresh_token'])
  assert.equal(alive.status, 200)
  await end()
  assert.doesNotMatch((await openAuthorization(agent)).body, /Switch account/)
  const refused = await refresh(server.issuer, own, alive.body['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
})

test('ending grants makes the person approve again, in the same session', async () => {
  const agent = createUserAgent()
  await obtainTokens(server.issuer, client, { agent, parameters: { scope: SCOPE } })
  await end({ what: 'grants' })
  const page = await openAuthorization(agent)
  assert.match(page.body, /Switch account/)
  assert.ok((await approve(agent, page)).searchParams.get('code'))
})

test('a disabled account is refused at sign-in with a page, and the client gets access_denied; enabling lets it in', async () => {
  const agent = createUserAgent()
  const { tokens, client: own } = await signIn(agent)
  await end({ disable: true })
  assert.equal((await refresh(server.issuer, own, tokens['refresh_token'])).status, 400)
  const page = await openAuthorization(agent)
  assert.doesNotMatch(page.body, /Switch account/)
  const lines = server.logLines.length
  const refused = await press(agent, page)
  assert.equal(refused.status, 403)
  assert.match(refused.title, /account is disabled/i)
  const back = /href="([^"]*\/authorize\/[^"]*)"/.exec(refused.body)?.[1] ?? ''
  const answer = new URL((await agent.open(new URL(back, server.issuer).href, { until })).url)
  assert.equal(answer.searchParams.get('error'), 'access_denied')
  const audited = server.logLines.slice(lines).map((line) => JSON.parse(line))
  const event = audited.find(({ audit }) => audit === 'sign_in_refused')
  assert.equal(event?.reason, 'account_disabled')
  assert.ok(!JSON.stringify(event).includes(ADA))

  assert.equal(await enable(), true)
  assert.ok((await signIn(agent)).tokens['access_token'])
})

test('signing in does not enable a disabled account, and does not forget what was ended', async () => {
  const { tokens, client: own } = await signIn()
  await end({ disable: true })
  await assert.rejects(signIn())
  assert.ok((await access.find(ADA))?.disabledAt)
  await enable()
  await signIn()
  assert.equal((await refresh(server.issuer, own, tokens['refresh_token'])).status, 400)
})
