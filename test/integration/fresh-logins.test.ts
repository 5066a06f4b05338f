// OpenID Connect Core §3.1.2.1: a client that requires a new sign-in (prompt=login, max_age) gets a code only if
// the upstream's `auth_time` proves one. docs/fresh-logins.md
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type Page } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { startFaultyUpstream } from '../support/faulty-upstream.ts'
import { buildAuthorization, claimsOf, isAnswer, REDIRECT_URI, redeem } from '../support/journey.ts'

const HOUR = 3600
const until = isAnswer(REDIRECT_URI)

let elapsedMs = 0
const now = () => Date.now() + elapsedMs
const upstream = await startFaultyUpstream()
const { server, client } = await openClientStage({ upstream, overrides: { now } })
beforeEach(() => {
  upstream.fault = {}
  elapsedMs = 0
})

/** The upstream signs the person in from a session of this age; undefined: it sends no `auth_time`. */
function authenticateBefore(seconds: number | undefined): void {
  const authTime = seconds === undefined ? undefined : Math.floor(Date.now() / 1000) - seconds
  upstream.fault = { idToken: { claims: { auth_time: authTime } } }
}

/** Opens the request, presses Allow, and follows the upstream's answer. */
async function signIn(parameters: Record<string, string>, fields: Record<string, string> = {}) {
  const agent = createUserAgent()
  const authorization = buildAuthorization(server.issuer, client, {
    scope: 'openid',
    ...parameters,
  })
  const consent = await agent.open(authorization.url)
  const page = await agent.submit(consent, { button: /^Allow/, fields, until })
  const upstreamUrl = agent.hops.find(({ url }) => url.startsWith(`${upstream.issuer}/authorize`))
  return { agent, authorization, page, asked: new URL(upstreamUrl?.url ?? '').searchParams }
}

async function authTimeOf({
  authorization,
  page,
}: Pick<Awaited<ReturnType<typeof signIn>>, 'authorization' | 'page'>) {
  const { codeVerifier } = authorization
  const { status, body } = await redeem(server.issuer, client, {
    answer: new URL(page.url),
    codeVerifier,
  })
  assert.equal(status, 200, page.url)
  return claimsOf(body['id_token'])['auth_time']
}

function backToClient(page: Page): string {
  const links = parse(page.body).querySelectorAll('.actions a')
  const link = links.find(({ text }) => text === 'Go back to the app')
  return new URL(link?.getAttribute('href') ?? '', page.url).href
}

test('prompt=select_account lets the person choose and needs no proof of a new sign-in', async () => {
  for (const age of [undefined, HOUR]) {
    authenticateBefore(age)
    const signedIn = await signIn({ prompt: 'select_account' })
    assert.ok(until(new URL(signedIn.page.url)), `${age}`)
    assert.equal(signedIn.asked.get('prompt'), 'login', 'this upstream supports no select_account')
    assert.equal(signedIn.asked.get('max_age'), null)
  }
})

test('a client cannot turn its own prompt=login into a choice of account by a parameter', async () => {
  authenticateBefore(HOUR)
  const { page } = await signIn({ prompt: 'login', mcp_oidc_account_choice: 'true' })
  assert.ok(!until(new URL(page.url)))
  const both = await signIn({ prompt: 'login select_account' })
  assert.ok(!until(new URL(both.page.url)))
})

/** `auth_time` is then about a thousand times the time. */
const AGE_IN_MILLISECONDS = Math.floor(Date.now() / 1000) - Date.now()

const refused: Record<string, [Record<string, string>, age: number | undefined]> = {
  'prompt=login, and the upstream answered from an old session': [{ prompt: 'login' }, HOUR],
  'prompt=login, and the sign-in was three minutes before': [{ prompt: 'login' }, 180],
  'prompt=login, and the upstream does not say when': [{ prompt: 'login' }, undefined],
  'prompt=login with a max_age that the session would satisfy': [
    { prompt: 'login', max_age: '86400' },
    HOUR,
  ],
  'prompt=login, and the upstream gives a time of next year': [
    { prompt: 'login' },
    -365 * 24 * HOUR,
  ],
  'prompt=login, and the upstream gives milliseconds': [{ prompt: 'login' }, AGE_IN_MILLISECONDS],
  'max_age=0, and the upstream answered from an old session': [{ max_age: '0' }, HOUR],
  'max_age=0, and the upstream does not say when': [{ max_age: '0' }, undefined],
  'max_age=600, and the session at the upstream is older': [{ max_age: '600' }, HOUR],
  'max_age=600, and the upstream does not say when': [{ max_age: '600' }, undefined],
}

for (const [name, [parameters, age]] of Object.entries(refused)) {
  test(`without proof, the client hears login_required: ${name}`, async () => {
    authenticateBefore(age)
    const { agent, authorization, page } = await signIn(parameters)
    assert.equal(page.status, 403, page.url)
    assert.equal(page.title, 'A new sign-in is required')
    const { url } = await agent.open(backToClient(page), { until })
    const { error_description: description, ...others } = Object.fromEntries(
      new URL(url).searchParams,
    )
    assert.ok(description)
    assert.deepEqual(others, {
      error: 'login_required',
      state: authorization.state,
      iss: server.issuer,
    })
  })
}

const accepted: Record<string, [Record<string, string>, age: number | undefined]> = {
  'prompt=login and a new sign-in': [{ prompt: 'login' }, 0],
  'prompt=login and a clock that is 110 s behind': [{ prompt: 'login' }, 110],
  'max_age=0 and a new sign-in': [{ max_age: '0' }, 0],
  'max_age=86400 and a session of an hour': [{ max_age: '86400' }, HOUR],
  'no requirement, and an old session': [{}, HOUR],
  'no requirement, and no auth_time': [{}, undefined],
}

for (const [name, [parameters, age]] of Object.entries(accepted)) {
  test(`the client gets a code: ${name}`, async () => {
    authenticateBefore(age)
    const signedIn = await signIn(parameters)
    const authTime = await authTimeOf(signedIn)
    if (Object.keys(parameters).length === 0 || age === undefined) return
    const expected = Math.floor(Date.now() / 1000) - age
    assert.ok(Math.abs(Number(authTime) - expected) < 10, `${authTime}`)
  })
}

test('an auth_time in the future does not become the time of the sign-in', async () => {
  for (const age of [-365 * 24 * HOUR, AGE_IN_MILLISECONDS]) {
    authenticateBefore(age)
    const { agent } = await signIn({})
    // Approved by the account that is signed in, without the upstream.
    const parameters = { scope: 'openid', max_age: '86400' }
    const authorization = buildAuthorization(server.issuer, client, parameters)
    const page = await agent.submit(await agent.open(authorization.url), {
      button: /^Allow/,
      until,
    })
    const authTime = await authTimeOf({ authorization, page })
    assert.ok(Math.abs(Number(authTime) - Date.now() / 1000) < 10, `${authTime}`)
  }
})

test('after a refusal, a new sign-in completes the same request', async () => {
  authenticateBefore(HOUR)
  const { agent, authorization, page } = await signIn({ prompt: 'login' })
  const link = parse(page.body).querySelector('.actions a')
  assert.equal(link?.text, 'Try again')
  authenticateBefore(0)
  const consent = await agent.open(new URL(link?.getAttribute('href') ?? '', page.url))
  const { url } = await agent.submit(consent, { button: /^Allow/, until })
  assert.equal(new URL(url).searchParams.get('state'), authorization.state)
  assert.match(url, /[?&]code=/)
})

test('the upstream is asked for a new sign-in, and with max_age=0 for the time of it', async () => {
  authenticateBefore(0)
  const { asked } = await signIn({ prompt: 'login', max_age: '86400' })
  assert.equal(asked.get('prompt'), 'login')
  assert.equal(asked.get('max_age'), '0')
  const { asked: plain } = await signIn({})
  assert.equal(plain.has('prompt'), false)
  assert.equal(plain.has('max_age'), false)
})

test('a forged "use another account" does not lift prompt=login', async () => {
  authenticateBefore(HOUR)
  const { page } = await signIn({ prompt: 'login' }, { account: 'another' })
  assert.equal(page.title, 'A new sign-in is required')
})

test('the time that a person spends at the upstream after signing in does not count', async () => {
  const agent = createUserAgent()
  const { url } = buildAuthorization(server.issuer, client, { scope: 'openid', prompt: 'login' })
  authenticateBefore(0)
  const isCallback = isAnswer(`${server.issuer}/callback`)
  const consent = await agent.open(url)
  const callback = await agent.submit(consent, { button: /^Allow/, until: isCallback })
  elapsedMs = 300_000
  const answer = await agent.open(callback.url, { until })
  assert.match(answer.url, /[?&]code=/)
})
