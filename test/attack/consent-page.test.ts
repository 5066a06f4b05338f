// Answers to the consent page that no person gave: forged forms, other methods, guessed interactions, and cookies
// that a sibling host planted. The plain cases are in test/integration/consent.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFormRequest } from '../../scripts/dev/html-form.ts'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import { approve, buildAuthorization } from '../support/journey.ts'
import { type SendOptions, send } from '../support/send.ts'

const { server, client } = await openClientStage()

interface Victim {
  readonly agent: UserAgent
  readonly page: Page
  /** The form of the page as the browser would send it. */
  readonly url: string
  readonly fields: URLSearchParams
  readonly cookie: string
}

async function openPage(agent = createUserAgent()): Promise<Victim> {
  const page = await agent.open(buildAuthorization(server.issuer, client).url)
  const { url, body = '' } = createFormRequest(page, /^Allow/, {})
  const cookie = (await agent.cookies.getCookieString(url.href)) ?? ''
  return { agent, page, url: url.href, fields: new URLSearchParams(body), cookie }
}

const HTML = { accept: 'text/html' }
const FORM = 'application/x-www-form-urlencoded'
const own = ({ url, fields, cookie }: Victim) => ({
  url,
  body: fields as SendOptions['body'],
  method: 'POST',
  headers: { ...HTML, cookie, 'sec-fetch-site': 'same-origin' } as Record<string, string>,
})
type Submission = ReturnType<typeof own>

function submit({ url, body, ...rest }: Submission) {
  return send(url, { ...rest, ...(body !== undefined && { body }) })
}

/** The victim's browser sends the same form to another URL, with the cookies that it has for it. */
async function sendTo(victim: Victim, url: string): Promise<Submission> {
  const cookie = (await victim.agent.cookies.getCookieString(url)) ?? ''
  return { ...own(victim), url, headers: { ...own(victim).headers, cookie } }
}

const token = (victim: Victim) => victim.fields.get('csrf_token') ?? ''

testAttacks<(victim: Victim) => Submission | Promise<Submission>>({
  guarantee: 'only the form of the page approves, in the browser of the page',
  run: async (attack) => {
    const victim = await openPage()
    const answer = await submit(await attack(victim))
    const page = await victim.agent.open(victim.page.url)
    return `${outcomeOf(answer)}, then ${/^Allow /.test(page.title) ? 'still asked' : page.title}`
  },
  honest: own,
  control: /^303 http:\/\/[^,]+, then still asked$/,
  refusal: /^4\d\d page, then still asked$/,
  attacks: {
    'the token in the query': (victim) => ({
      ...own(victim),
      url: `${victim.url}?csrf_token=${token(victim)}`,
      body: new URLSearchParams({ x: 'y' }),
    }),
    'the token in a header': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'x-csrf-token': token(victim) },
      body: new URLSearchParams({ x: 'y' }),
    }),
    'the token in a cookie': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, cookie: `${victim.cookie}; csrf_token=${token(victim)}` },
      body: new URLSearchParams({ x: 'y' }),
    }),
    'two tokens, the wrong one first': (victim) => ({
      ...own(victim),
      body: new URLSearchParams([
        ['csrf_token', 'x'],
        ['csrf_token', token(victim)],
      ]),
    }),
    'an array of tokens': (victim) => ({
      ...own(victim),
      body: new URLSearchParams({ 'csrf_token[]': token(victim) }),
    }),
    "the attacker's own token": async (victim) => ({
      ...own(victim),
      body: new URLSearchParams({ csrf_token: token(await openPage()) }),
    }),
    'GET with the fields in the query': (victim) => ({
      ...own(victim),
      url: `${victim.url}?${victim.fields}`,
      method: 'GET',
      body: undefined,
    }),
    'GET with a method override': (victim) => ({
      ...own(victim),
      url: `${victim.url}?_method=POST&${victim.fields}`,
      method: 'GET',
      headers: { ...own(victim).headers, 'x-http-method-override': 'POST' },
      body: undefined,
    }),
    'PUT instead of POST': (victim) => ({ ...own(victim), method: 'PUT' }),
    'a text form': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'content-type': 'text/plain' },
      body: victim.fields.toString(),
    }),
    'a JSON body': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(victim.fields)),
    }),
    'a multipart form': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'content-type': 'multipart/form-data; boundary=x' },
      body: `--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${token(victim)}\r\n--x--\r\n`,
    }),
    'a form with two content types': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'content-type': `text/plain, ${FORM}` },
      body: victim.fields.toString(),
    }),
    'no cookie': (victim) => ({ ...own(victim), headers: HTML }),
    'the cookies of another browser': async (victim) => ({
      ...own(victim),
      headers: { ...HTML, cookie: (await openPage()).cookie },
    }),
    'cookies without signatures': (victim) => ({
      ...own(victim),
      headers: {
        ...HTML,
        cookie: victim.cookie
          .split('; ')
          .filter((pair) => !pair.includes('.sig='))
          .join('; '),
      },
    }),
    'altered signatures': (victim) => ({
      ...own(victim),
      headers: { ...HTML, cookie: victim.cookie.replaceAll(/\.sig=./g, '.sig=_') },
    }),
    'the signature of another cookie': async (victim) => {
      const other = /\.sig=([\w-]+)/.exec((await openPage()).cookie)?.[1] ?? ''
      const cookie = victim.cookie.replaceAll(/\.sig=[\w-]+/g, `.sig=${other}`)
      return { ...own(victim), headers: { ...HTML, cookie } }
    },
    'a guessed interaction': (victim) =>
      sendTo(victim, victim.url.replace(/interaction\/[\w-]{4}/, 'interaction/AAAA')),
    'another interaction of the same browser': async (victim) =>
      sendTo(victim, (await openPage(victim.agent)).url),
    "another browser's interaction": async (victim) => sendTo(victim, (await openPage()).url),
    'an interaction with a path': (victim) =>
      sendTo(victim, victim.url.replace('/interaction/', '/interaction/x%2f..%2f')),
    'a cross-site request with everything right': (victim) => ({
      ...own(victim),
      headers: { ...own(victim).headers, 'sec-fetch-site': 'cross-site' },
    }),
  },
})

test('no page and no redirect of an authorization can be framed, sniffed or leak its URL', async () => {
  const { agent, page } = await openPage()
  const { url } = buildAuthorization(server.issuer, client, { response_mode: 'form_post' })
  const form = await agent.open(url)
  const formPost = await send(createFormRequest(form, 'Deny', {}).url, {
    method: 'POST',
    headers: { ...HTML, cookie: (await agent.cookies.getCookieString(form.url)) ?? '' },
    body: new URLSearchParams(createFormRequest(form, 'Deny', {}).body),
  })
  const error = await send(`${server.issuer}/interaction/x`, { headers: HTML })
  for (const { headers } of [page, form, formPost, error]) {
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('referrer-policy') ?? '', /no-referrer|same-origin|strict-origin/)
  }
})

test('an approved interaction cannot be denied or approved again for a second code', async () => {
  const victim = await openPage()
  const answer = await approve(victim.agent, victim.page)
  assert.match(answer.search, /[?&]code=/, 'control')
  for (const action of ['approve', 'deny']) {
    const again = await submit({ ...own(victim), url: victim.url.replace(/approve$/, action) })
    assert.equal(outcomeOf(again), '400 page', action)
  }
})

/** Cookies that a sibling host can set for the whole domain: those without the prefix __Host-. */
async function plant(from: UserAgent, to: UserAgent, url: string): Promise<string[]> {
  const planted: string[] = []
  for (const cookie of await from.cookies.getCookies(url)) {
    if (cookie.path === '/') continue
    await to.cookies.setCookie(cookie, url)
    planted.push(cookie.key)
  }
  return planted
}

test("planted cookies of the attacker's interaction neither show its page nor approve it", async () => {
  const attacker = await openPage()
  const victim = createUserAgent()
  assert.notEqual((await plant(attacker.agent, victim, attacker.page.url)).length, 0)
  assert.equal((await victim.open(attacker.page.url)).title, 'This sign-in has expired')
  const cookie = (await victim.cookies.getCookieString(attacker.url)) ?? ''
  const answer = await submit({ ...own(attacker), headers: { ...HTML, cookie } })
  assert.equal(outcomeOf(answer), '400 page')
  const control = await submit(own(attacker))
  assert.match(outcomeOf(control), /^303 http/, "control: in the attacker's own browser")
})
