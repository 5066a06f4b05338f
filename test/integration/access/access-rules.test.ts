// The access rules at the pages of an authorization: at sign-in, in a browser that is signed in, and without a page.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createUserAgent, type Page, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import type { Identity } from '../../../src/upstream/identity.ts'
import { openAccess } from '../../support/access.ts'
import {
  allowAs,
  type ChosenPerson,
  createChosenPerson,
  personOf,
} from '../../support/chosen-person.ts'
import {
  type Authorization,
  buildAuthorization,
  type Client,
  claimsOf,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../../support/journey.ts'
import { visit, WEB } from '../../support/remembering.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const CRM = 'https://crm.example/mcp'
const WIKI = 'https://wiki.example/mcp'
const STAFF = personOf('ida@example.com')
const READER = personOf('ida@reader.example')
const WRITER = personOf('ida@writer.example')
const WIKI_ONLY = personOf('ida@wiki.example')
const BLOCKED = personOf('ida@blocked.example')
const OTHER = personOf('grace@example.com', { sub: 'person-2' })
const SCOPE = 'openid crm:read crm:write'

const store = createMemoryStore({ now: Date.now })
let person: ChosenPerson
let server: TestServer
let client: Client
before(async () => {
  person = createChosenPerson(STAFF)
  server = await startTestServer({
    env: { RESOURCES: '', CONSENT: 'remember' },
    file: {
      resourceServers: [
        { resource: CRM, name: 'CRM', scopes: { 'crm:read': 'Read', 'crm:write': 'Write' } },
        { resource: WIKI, name: 'Wiki', scopes: { 'wiki:read': 'Read' } },
      ],
      defaultResource: CRM,
      access: {
        contact: 'help@example.com',
        rules: [
          { name: 'staff', when: { emailDomain: ['example.com', 'blocked.example'] } },
          { name: 'readers', when: { emailDomain: 'reader.example' }, scopes: ['crm:read'] },
          { name: 'writers', when: { emailDomain: 'writer.example' }, scopes: ['crm:write'] },
          { name: 'wiki', when: { emailDomain: 'wiki.example' }, resources: [WIKI] },
          { name: 'blocked', effect: 'deny', when: { emailDomain: 'blocked.example' } },
        ],
      },
    },
    overrides: { relyingParty: person.relyingParty, store },
  })
  client = await register(server.issuer, { redirect_uris: [REDIRECT_URI, WEB] })
})
after(() => server.close())
beforeEach(() => {
  person.identity = STAFF
})

const until = isAnswer(REDIRECT_URI)
const build = (parameters: Record<string, string> = {}) =>
  buildAuthorization(server.issuer, client, { scope: SCOPE, ...parameters })

/** What the upstream says about the person from now on, told at a sign-in in another browser with another client. */
async function changePerson(identity: Identity): Promise<void> {
  person.identity = identity
  const other = await register(server.issuer)
  await allowAs(buildAuthorization(server.issuer, other))
}

async function signIn(): Promise<UserAgent> {
  const agent = createUserAgent()
  assert.match((await allowAs(build(), agent)).url, /[?&]code=/)
  return agent
}

async function scopesOf(
  { codeVerifier }: Pick<Authorization, 'codeVerifier'>,
  url: string,
  redirectUri = REDIRECT_URI,
) {
  const { status, body } = await redeem(server.issuer, client, {
    answer: new URL(url),
    codeVerifier,
    redirectUri,
  })
  assert.equal(status, 200, JSON.stringify(body))
  return claimsOf(body['access_token'])['scope']
}

/** @param rule that the audit event names; null: none */
function assertRefusalPage(page: Page, rule: string | null = 'blocked') {
  assert.equal(page.status, 403)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(page.body, /This account has no access/)
  const reference = page.headers.get('x-request-id') ?? ''
  assert.ok(page.body.includes(reference))
  const lines = server.logLines.map((line) => JSON.parse(line))
  const own = lines.filter(({ requestId }) => requestId === reference)
  const events = own.filter(({ audit }) => audit === 'access_refused')
  assert.equal(events.length, 1)
  assert.equal(events[0].rule ?? null, rule)
  assert.equal(events[0].clientId, client.client_id)
  assert.equal(events[0].resource, CRM)
  assert.match(events[0].account, /^[\w-]{20,}$/)
  assert.ok(!JSON.stringify(own).includes('person-'), 'the log has no subject')
  assert.doesNotMatch(JSON.stringify(own), /ida@|grace@|Rhodes/)
}

test('at sign-in, a person whom the rules refuse sees which account it is and whom to ask', async () => {
  person.identity = BLOCKED
  const agent = createUserAgent()
  const page = await allowAs(build(), agent)
  assertRefusalPage(page)
  assert.match(page.body, /Ida Rhodes \(ida@blocked\.example\)/)
  assert.match(page.body, /not allowed to use <strong><bdi>CRM/)
  assert.match(page.body, /href="mailto:help@example\.com"/)
  assert.doesNotMatch(page.body, /blocked<|"blocked"/, 'the rule is not for the person')
  // Nobody is signed in here now.
  assert.doesNotMatch((await agent.open(build().url)).body, /Switch account/)
})

test('a person whom no rule allows is refused, and the audit event names no rule', async () => {
  person.identity = personOf('eve@nowhere.example')
  assertRefusalPage(await allowAs(build()), null)
})

test('an unverified address is refused at sign-in, although its domain is allowed', async () => {
  person.identity = personOf('ida@example.com', {
    verifiedEmail: undefined,
    emailDomain: undefined,
  })
  assertRefusalPage(await allowAs(build()), null)
})

test('the person goes back to the client, which gets access_denied with state and iss', async () => {
  person.identity = BLOCKED
  const agent = createUserAgent()
  const authorization = build()
  const page = await allowAs(authorization, agent)
  const { searchParams } = new URL((await agent.submit(page, { button: /Go back/, until })).url)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('state'), authorization.state)
  assert.equal(searchParams.get('iss'), server.issuer)
  assert.doesNotMatch(searchParams.get('error_description') ?? '', /blocked|ida/)
})

test('another account: the person goes on at the upstream, which lets them choose, and finishes', async () => {
  person.identity = BLOCKED
  const agent = createUserAgent()
  const authorization = build()
  const page = await allowAs(authorization, agent)
  person.identity = OTHER
  const answer = await agent.submit(page, { button: /another account/, until })
  assert.equal(person.signIns.at(-1)?.prompt, 'select_account')
  assert.equal(await scopesOf(authorization, answer.url), SCOPE)
})

test('at sign-in, scopes beyond the rules are left out of grant and token', async () => {
  person.identity = READER
  const authorization = build()
  const answer = await allowAs(authorization)
  assert.equal(await scopesOf(authorization, answer.url), 'openid crm:read')
})

test('a request for nothing but scopes beyond the rules is refused, and the page says that it is the permissions', async () => {
  person.identity = READER
  const page = await allowAs(build({ scope: 'openid crm:write' }))
  assertRefusalPage(page, null)
  assert.match(page.body, /may use <strong><bdi>CRM.*but not with the permissions/)
})

test('in a signed-in browser, a person whom the rules now refuse sees that instead of the consent page', async () => {
  const agent = await signIn()
  await changePerson(BLOCKED)
  const page = await agent.open(build().url, { until })
  assertRefusalPage(page)
  assert.doesNotMatch(page.body, /^Allow/m)
})

test('in a signed-in browser, another account needs the consent page: nothing goes upstream before', async () => {
  const agent = await signIn()
  await changePerson(BLOCKED)
  const authorization = build()
  const page = await agent.open(authorization.url, { until })
  const signIns = person.signIns.length
  const [, link = ''] = /class="button primary" href="([^"]+)"/.exec(page.body) ?? []
  const consent = await agent.open(new URL(link, server.issuer))
  assert.equal(person.signIns.length, signIns)
  assert.match(consent.body, /You’ll sign in with/)
  assert.doesNotMatch(consent.body, /ida@/)
  person.identity = OTHER
  const answer = await agent.submit(consent, { button: /^Allow/, until })
  assert.equal(person.signIns.at(-1)?.prompt, 'select_account')
  assert.equal(await scopesOf(authorization, answer.url), SCOPE)
})

test('in a signed-in browser, the consent page and the token leave out scopes beyond the rules', async () => {
  const agent = await signIn()
  await changePerson(READER)
  const authorization = build({ prompt: 'consent' })
  const page = await agent.open(authorization.url)
  assert.match(page.body, /crm:read/)
  assert.doesNotMatch(page.body, /crm:write/)
  const answer = await agent.submit(page, { button: /^Allow/, until })
  assert.equal(await scopesOf(authorization, answer.url), 'openid crm:read')
})

test('Allow on a page that was shown before the rules refused the person is refused', async () => {
  const agent = await signIn()
  const page = await agent.open(build().url)
  await changePerson(BLOCKED)
  assertRefusalPage(await agent.submit(page, { button: /^Allow/, until }))
})

test('Allow never grants more than the page listed, even if the rules allow more meanwhile', async () => {
  const agent = await signIn()
  await changePerson(READER)
  const authorization = build({ prompt: 'consent' })
  const page = await agent.open(authorization.url)
  await changePerson(STAFF)
  const answer = await agent.submit(page, { button: /^Allow/, until })
  assert.equal(await scopesOf(authorization, answer.url), 'openid crm:read')
})

/** A browser whose consent page lists less than the client asked for, because of the rules. */
async function openShortPage() {
  const agent = await signIn()
  await changePerson(READER)
  const authorization = build({ prompt: 'consent' })
  const page = await agent.open(authorization.url)
  assert.match(page.body, /name="listed_scopes" value="openid crm:read"/)
  return { agent, authorization, page }
}

test('Allow never grants more than the page listed, also if it leads through the upstream', async () => {
  const { agent, authorization, page } = await openShortPage()
  person.identity = STAFF
  await openAccess(server.config, store).age('person-1')
  const signIns = person.signIns.length
  const answer = await agent.submit(page, { button: /^Allow/, until })
  assert.equal(person.signIns.length, signIns + 1)
  assert.equal(await scopesOf(authorization, answer.url), 'openid crm:read')
})

test('the same to another account, for which a page lists everything before it may grant more', async () => {
  const { agent, authorization, page } = await openShortPage()
  const signIns = person.signIns.length
  person.identity = OTHER
  // As a page from before it had a link sends it.
  const full = await agent.submit(page, { button: /^Allow/, fields: { account: 'another' }, until })
  assert.equal(full.status, 200)
  assert.doesNotMatch(full.body, /ida@|name="listed_scopes"/)
  assert.equal(person.signIns.length, signIns, 'nothing goes upstream before')
  const answer = await agent.submit(full, { button: /^Allow/, until })
  assert.equal(person.signIns.at(-1)?.prompt, 'select_account')
  assert.equal(await scopesOf(authorization, answer.url), SCOPE)
})

test('the same after a sign-in that the rules refuse: another account needs a page that lists everything', async () => {
  const { agent, authorization, page } = await openShortPage()
  person.identity = BLOCKED
  await openAccess(server.config, store).age('person-1')
  const refused = await agent.submit(page, { button: /^Allow/, until })
  assertRefusalPage(refused)
  const [, link = ''] = /class="button primary" href="([^"]+)"/.exec(refused.body) ?? []
  const full = await agent.open(new URL(link, server.issuer))
  assert.doesNotMatch(full.body, /name="listed_scopes"/)
  person.identity = OTHER
  const answer = await agent.submit(full, { button: /^Allow/, until })
  assert.equal(await scopesOf(authorization, answer.url), SCOPE)
})

for (const [name, isUpstream] of [
  ['in a signed-in browser', false],
  ['through the upstream', true],
] as const) {
  test(`Allow is refused if nothing is left of what the page listed: ${name}`, async () => {
    const { agent, page } = await openShortPage()
    await changePerson(WRITER)
    if (isUpstream) await openAccess(server.config, store).age('person-1')
    assertRefusalPage(await agent.submit(page, { button: /^Allow/, until }), null)
  })
}

test('a form that lists scopes of its own gets none that the client did not ask for', async () => {
  const agent = await signIn()
  for (const isUpstream of [false, true]) {
    const authorization = build({ scope: 'openid crm:read', prompt: 'consent' })
    const page = await agent.open(authorization.url)
    if (isUpstream) await openAccess(server.config, store).age('person-1')
    const fields = { listed_scopes: 'openid crm:read crm:write' }
    const answer = await agent.submit(page, { button: /^Allow/, fields, until })
    assert.equal(await scopesOf(authorization, answer.url), 'openid crm:read')
  }
})

test('a step-up does not keep scopes that the rules took away', async () => {
  const agent = createUserAgent()
  const fresh = await register(server.issuer)
  const ask = (scope: string) => buildAuthorization(server.issuer, fresh, { scope })
  await allowAs(ask('openid crm:write'), agent)
  assert.match((await agent.open(ask('crm:read').url)).body, /crm:write/, 'it would be kept')
  await changePerson(READER)
  const authorization = ask('crm:read')
  const page = await agent.open(authorization.url)
  assert.doesNotMatch(page.body, /crm:write/)
  const answer = await agent.submit(page, { button: /^Allow/, until })
  const { codeVerifier } = authorization
  const { body } = await redeem(server.issuer, fresh, { answer: new URL(answer.url), codeVerifier })
  assert.equal(body['scope'], 'crm:read openid')
})

test('a person who is refused between Allow and the answer to the client gets no code', async () => {
  const agent = await signIn()
  const authorization = build()
  const page = await agent.open(authorization.url)
  const resuming = await agent.submit(page, {
    button: /^Allow/,
    until: ({ pathname }) => pathname.startsWith('/authorize/'),
  })
  await changePerson(BLOCKED)
  const { searchParams } = new URL((await agent.open(resuming.url, { until })).url)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('code'), null)
  assert.equal(searchParams.get('state'), authorization.state)
})

async function rememberApproval() {
  const agent = createUserAgent()
  const authorization = buildAuthorization(server.issuer, client, {
    scope: SCOPE,
    redirect_uri: WEB,
  })
  const consent = await agent.open(authorization.url)
  await agent.submit(consent, { button: /^Allow/, until: isAnswer(WEB) })
  return { server, client, agent }
}

test('a remembered approval gives nothing to a person whom the rules now refuse', async () => {
  const approved = await rememberApproval()
  const parameters = { scope: SCOPE }
  assert.equal((await visit(approved, parameters)).kind, 'answered', 'it is remembered')
  await changePerson(WIKI_ONLY)
  const outcome = await visit(approved, parameters)
  assert.ok(outcome.kind === 'asked')
  assertRefusalPage(await approved.agent.open(outcome.url), null)
})

test('prompt=none gets access_denied for a person whom the rules refuse', async () => {
  const approved = await rememberApproval()
  await changePerson(BLOCKED)
  const outcome = await visit(approved, { scope: SCOPE, prompt: 'none' })
  assert.ok(outcome.kind === 'answered')
  assert.equal(outcome.answer.searchParams.get('error'), 'access_denied')
})

test('a remembered approval gives fewer scopes to a person who may do less, in the grant too', async () => {
  const approved = await rememberApproval()
  await changePerson(READER)
  const outcome = await visit(approved, { scope: SCOPE })
  assert.ok(outcome.kind === 'answered', 'no page is needed')
  const { answer, codeVerifier } = outcome
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(claimsOf(body['access_token'])['scope'], 'openid crm:read')
  await changePerson(STAFF)
  const refreshed = await refresh(server.issuer, client, body['refresh_token'])
  assert.equal(claimsOf(refreshed.body['access_token'])['scope'], 'openid crm:read')
})

test('nothing is kept of a stranger whom the rules refuse everywhere, and what is known of an account is', async () => {
  const find = (sub: string) => openAccess(server.config, store).find(sub)
  person.identity = personOf('eve@nowhere.example', { sub: 'stranger-1' })
  assertRefusalPage(await allowAs(build()), null)
  assert.equal(await find('stranger-1'), undefined)

  person.identity = personOf('wim@wiki.example', { sub: 'person-3' })
  assertRefusalPage(await allowAs(build()), null)
  assert.ok(await find('person-3'), 'who may use another MCP server is no stranger')

  await signIn()
  await changePerson(BLOCKED)
  assert.equal((await find('person-1'))?.verifiedEmail, BLOCKED.verifiedEmail)
})
