// Forms of the account page and of the page that signs out which no person sent, sessions that an attacker knows, and
// sign-ins that were planted. The plain cases are in test/integration/account-page.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { grantsOn, isSignedIn, openAccount, signInToAccount, tokenOn } from '../support/account.ts'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  ADA,
  buildAuthorization,
  GRACE,
  isAnswer,
  obtainTokens,
  REDIRECT_URI,
  refresh,
} from '../support/journey.ts'
import { send } from '../support/send.ts'

const { server, client } = await openClientStage()
const { issuer } = server

interface Victim {
  readonly agent: UserAgent
  readonly token: string
  readonly grant: string
  readonly refreshToken: unknown
}

async function openVictim(): Promise<Victim> {
  const agent = createUserAgent()
  const { body } = await obtainTokens(issuer, client, { agent })
  const page = await openAccount(server, agent)
  const [grant = ''] = grantsOn(page)
  return { agent, token: tokenOn(page), grant, refreshToken: body['refresh_token'] }
}

interface Submission {
  readonly method?: string
  readonly path?: string
  readonly body?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}
type Step = (victim: Victim) => Submission | Promise<Submission>

/** The forms that a signed-in person has, as the pages send them. */
const FORMS: Readonly<Record<string, (victim: Victim) => [path: string, fields: object]>> = {
  'remove one': ({ grant }) => ['/account/remove', { grant }],
  'remove all': () => ['/account/remove', { everything: 'yes' }],
  'sign out here': () => ['/account/sign-out', { where: 'here' }],
  'sign out everywhere': () => ['/account/sign-out', { where: 'everywhere' }],
  'sign out for a client': () => ['/logout/confirm', {}],
}

async function stateOf({ agent, refreshToken }: Victim): Promise<string> {
  const page = isSignedIn(await openAccount(server, agent)) ? 'signed in' : 'signed out'
  const { status } = await refresh(issuer, client, refreshToken)
  return `${page}, refresh ${status}`
}

/** The token of a page of the attacker's own browser. */
async function tokenOfAttacker(): Promise<string> {
  return tokenOn((await signInToAccount(server, { person: GRACE })).page)
}

/** Those of the others show that each form is checked. */
const WITH_ALL_ATTACKS = ['remove one', 'sign out for a client']
const OF_EVERY_FORM = ['without a token', "with the attacker's own token", 'from another site']

for (const [name, form] of Object.entries(FORMS)) {
  const own = (victim: Victim, token: string | undefined, more: object = {}): Submission => {
    const [path, fields] = form(victim)
    const csrf = token === undefined ? {} : { csrf_token: token }
    return { path, body: new URLSearchParams({ ...fields, ...csrf, ...more }) }
  }
  const attacks: Readonly<Record<string, Step>> = {
    'without a token': (victim) => own(victim, undefined),
    'with an empty token': (victim) => own(victim, ''),
    "with the attacker's own token": async (victim) => own(victim, await tokenOfAttacker()),
    'with the token of a browser in which nobody is signed in': async (victim) =>
      own(victim, tokenOn(await openAccount(server, createUserAgent()))),
    'with the token of a consent page': async (victim) => {
      const page = await victim.agent.open(buildAuthorization(issuer, client).url)
      return own(victim, tokenOn(page))
    },
    "with the token of the person's other browser": async (victim) =>
      own(victim, tokenOn((await signInToAccount(server)).page)),
    'from another site': (victim) => ({
      ...own(victim, victim.token),
      headers: { 'sec-fetch-site': 'cross-site' },
    }),
    'from a sibling host': (victim) => ({
      ...own(victim, victim.token),
      headers: { 'sec-fetch-site': 'same-site' },
    }),
    'by GET': (victim) => {
      const { path, body } = own(victim, victim.token)
      return { method: 'GET', path: `${path}?${body}` }
    },
    'as JSON': (victim) => ({
      ...own(victim, victim.token),
      headers: { 'content-type': 'application/json' },
    }),
    'with the token of the session before': async (victim) => {
      const page = await openAccount(server, victim.agent)
      await victim.agent.submit(page, { button: 'Sign out here' })
      await signInToAccount(server, { agent: victim.agent })
      return own(victim, victim.token)
    },
  }
  testAttacks<Step>({
    guarantee: `${name}: only the form of the person's own page counts`,
    run: async (step) => {
      const victim = await openVictim()
      const [path] = form(victim)
      const { method = 'POST', body, headers, ...rest } = await step(victim)
      const url = new URL(rest.path ?? path, issuer)
      const cookie = await victim.agent.cookies.getCookieString(url.href)
      const answer = await send(url, {
        method,
        headers: { accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin', ...headers },
        ...(body && { body }),
      })
      return `${outcomeOf(answer)}, then ${await stateOf(victim)}`
    },
    honest: (victim) => own(victim, victim.token),
    control: /^303 same origin, then (signed out, refresh 200|signed in, refresh 400)$/,
    refusal: /^4\d\d page, then signed in, refresh 200$/,
    attacks: WITH_ALL_ATTACKS.includes(name)
      ? attacks
      : Object.fromEntries(
          Object.entries(attacks).filter(([what]) => OF_EVERY_FORM.includes(what)),
        ),
  })
}

test('a form without a session is refused, whatever token it has', async () => {
  const victim = await openVictim()
  for (const form of Object.values(FORMS)) {
    const [path, fields] = form(victim)
    const body = new URLSearchParams({ ...fields, csrf_token: victim.token })
    const answer = await send(issuer + path, { headers: { accept: 'text/html' }, body })
    assert.equal(answer.status, 403)
  }
  assert.equal(await stateOf(victim), 'signed in, refresh 200')
})

testAttacks<(victim: Victim) => Promise<string>>({
  guarantee: "a person removes only their own grants, whatever the form's reference says",
  run: async (choose) => {
    const victim = await openVictim()
    const { agent, token } = await openVictim()
    const page = await openAccount(server, agent)
    const grant = await choose({ ...victim, agent, token })
    await agent.submit(page, {
      button: { name: 'grant', value: grantsOn(page)[0] ?? '' },
      fields: { grant },
    })
    return `${(await refresh(issuer, client, victim.refreshToken)).status}`
  },
  // Both browsers are the same person's.
  honest: async ({ grant }) => grant,
  control: '400',
  refusal: '200',
  attacks: {
    'an unknown reference': async () => 'A'.repeat(43),
    'an empty reference': async () => '',
    'a list of references': async ({ grant }) => `${grant},${grant}`,
    'the reference with a space': async ({ grant }) => `${grant} `,
    'a name of every object': async () => '__proto__',
  },
})

test("another person's reference ends nothing", async () => {
  const victim = await openVictim()
  const { agent } = await signInToAccount(server, { person: GRACE })
  await obtainTokens(issuer, client, { agent, person: GRACE })
  const page = await openAccount(server, agent)
  const [button = ''] = grantsOn(page)
  const answer = await agent.submit(page, {
    button: { name: 'grant', value: button },
    fields: { grant: victim.grant },
  })
  assert.equal(answer.status, 200)
  assert.equal(await stateOf(victim), 'signed in, refresh 200')
  assert.ok(grantsOn(await openAccount(server, victim.agent)).includes(victim.grant))
})

test('a stranger sees no name, no client and no form that ends anything', async () => {
  await openVictim()
  const page = await openAccount(server, createUserAgent())
  assert.doesNotMatch(page.body, /Ada|Byron|Test client|name="grant"|sign-out"/)
})

// Login CSRF: the victim would look at the attacker's account, and approve clients with it.

/** The attacker signs in at the account page; returns the callback's URL without opening it. */
async function beginAttack() {
  const agent = createUserAgent()
  const login = await agent.submit(await openAccount(server, agent), { button: /^Sign in/ })
  const until = isAnswer(`${issuer}/callback`)
  const button = { name: 'person', value: GRACE }
  return { agent, callback: (await agent.submit(login, { button, until })).url }
}

testAttacks<(victim: UserAgent) => Promise<UserAgent>>({
  guarantee: 'a sign-in ends in the browser that began it',
  run: async (choose) => {
    const attack = await beginAttack()
    const victim = createUserAgent()
    const browser = await choose(victim)
    const page = await (browser === victim ? victim : attack.agent).open(attack.callback)
    const isIn = isSignedIn(await openAccount(server, browser === victim ? victim : attack.agent))
    return `${page.status}, ${isIn ? 'signed in' : 'signed out'}`
  },
  honest: async () => createUserAgent(),
  control: '200, signed in',
  refusal: '400, signed out',
  attacks: {
    'in a browser that knows nothing of it': async (victim) => victim,
    'in a browser that has opened the account page': async (victim) => {
      await openAccount(server, victim)
      return victim
    },
    'in a browser that has begun a sign-in of its own': async (victim) => {
      await victim.submit(await openAccount(server, victim), { button: /^Sign in/ })
      return victim
    },
  },
})

test("the attacker's sign-in does not replace the session of a person who is signed in", async () => {
  const { agent } = await signInToAccount(server, { person: ADA })
  const { callback } = await beginAttack()
  assert.equal((await agent.open(callback)).status, 400)
  assert.match((await openAccount(server, agent)).body, /signed in as <strong><bdi>Ada/)
})

test('a callback is accepted once: a replay is rejected, and leads back to the account page', async () => {
  const { agent, callback } = await beginAttack()
  const cookie = await agent.cookies.getCookieString(callback)
  assert.equal((await agent.open(callback)).status, 200)
  const replay = await send(callback, { headers: { accept: 'text/html', cookie } })
  assert.equal(replay.status, 400)
  assert.equal(replay.headers.get('set-cookie'), null)
  assert.match(replay.body, /href="\/account"/)
})

for (const site of ['cross-site', 'same-site'] as const) {
  test(`no other page can begin a sign-in: ${site}`, async () => {
    const agent = createUserAgent()
    const page = await openAccount(server, agent)
    const url = `${issuer}/account/sign-in`
    const cookie = await agent.cookies.getCookieString(url)
    const begin = (headers: Record<string, string>, token = tokenOn(page)) =>
      send(url, {
        headers: { accept: 'text/html', ...headers },
        body: new URLSearchParams({ csrf_token: token }),
      })
    const refused = await begin({ cookie, 'sec-fetch-site': site })
    assert.equal(refused.status, 403)
    assert.equal((await begin({ cookie }, '')).status, 403)
    assert.equal((await begin({})).status, 403, 'a token without its cookie')
    const other = tokenOn(await openAccount(server, createUserAgent()))
    assert.equal((await begin({ cookie }, other)).status, 403, "another browser's token")
    assert.equal((await begin({ cookie, 'sec-fetch-site': 'same-origin' })).status, 303, 'control')
  })
}

// Session fixation: the attacker knows a cookie that the victim's browser has before the victim signs in.

const SESSION = /mcp_oidc_session(\.sig)?=/

async function sessionCookiesOf(agent: UserAgent): Promise<string[]> {
  const cookies = (await agent.cookies.getCookieString(issuer)).split('; ')
  return cookies.filter((cookie) => SESSION.test(cookie))
}

for (const person of [GRACE, ADA]) {
  const whose = person === ADA ? "the victim's own account" : "the attacker's account"
  test(`a session that an attacker planted is worth nothing once the victim signs in: ${whose}`, async () => {
    const { agent: attacker } = await signInToAccount(server, { person })
    const known = await sessionCookiesOf(attacker)
    assert.equal(known.length, 2)
    assert.ok(isSignedIn(await openAccount(server, attacker)), 'control')

    const victim = createUserAgent()
    const begun = await victim.submit(await openAccount(server, victim), { button: /^Sign in/ })
    for (const cookie of known) await victim.cookies.setCookie(cookie, issuer)
    const page = await victim.submit(begun, { button: { name: 'person', value: ADA } })
    assert.match(page.body, /signed in as <strong><bdi>Ada/)
    assert.ok(!isSignedIn(await openAccount(server, attacker)))
    const planted = new Set(known)
    for (const cookie of await sessionCookiesOf(victim)) assert.ok(!planted.has(cookie))
  })
}

test('a sign-in for the account page gives no client a code, and one for a client needs its approval', async () => {
  const { agent, callback } = await beginAttack()
  const consent = await agent.open(buildAuthorization(issuer, client).url)
  const until = isAnswer(`${issuer}/callback`)
  const forClient = (await agent.submit(consent, { button: /^Allow/, until })).url
  const mixed = new URL(callback)
  mixed.searchParams.set('code', new URL(forClient).searchParams.get('code') ?? '')
  const page = await agent.open(mixed, { until: isAnswer(REDIRECT_URI) })
  assert.equal(page.status, 502, 'the code of another attempt')
  assert.ok(!isSignedIn(await openAccount(server, agent)))
  const answer = await agent.open(forClient, { until: isAnswer(REDIRECT_URI) })
  assert.match(answer.url, /[?&]code=/, 'control: the other attempt is not spent')
})

test('a link from elsewhere cannot claim that something was done', async () => {
  const { agent, page } = await signInToAccount(server)
  const link = `${issuer}/account?done=signed-out-everywhere`
  const done = /You are signed out in all browsers/
  assert.doesNotMatch((await createUserAgent().open(link)).body, done)
  const claimed = await agent.open(`${issuer}/account?done=removed`)
  assert.doesNotMatch(claimed.body, /role="status"/)
  assert.match((await agent.submit(page, { button: /in all browsers/ })).body, done, 'control')
})

for (const path of ['/account', '/logout']) {
  test(`${path} is not framed, not cached and not prefetched`, async () => {
    const { agent } = await signInToAccount(server)
    const page = await agent.open(issuer + path)
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
    assert.equal(page.headers.get('cache-control'), 'no-store')
    const cookie = await agent.cookies.getCookieString(issuer)
    const prefetch = await send(issuer + path, { headers: { cookie, 'sec-purpose': 'prefetch' } })
    assert.equal(prefetch.status, 403)
    assert.equal(prefetch.headers.get('set-cookie'), null)
    assert.equal(prefetch.body.includes('Ada'), false)
  })
}
