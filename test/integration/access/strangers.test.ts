// People who sign in outside any authorization request, at the account page or to connect an MCP server, and whom the
// access rules refuse: what is stored of them, and what they see.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createUserAgent, type Page, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import { openAccess } from '../../support/access.ts'
import { isSignedIn, signInToAccount } from '../../support/account.ts'
import {
  allowAs,
  type ChosenPerson,
  createChosenPerson,
  personOf,
} from '../../support/chosen-person.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE } from '../../support/exchange.ts'
import { buildAuthorization, register } from '../../support/journey.ts'
import { createRecordingStore } from '../../support/recording-store.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../../support/server.ts'

const TOKENS = {
  accessToken: 'upstream-access',
  refreshToken: 'upstream-refresh',
  expiresAtMs: undefined,
  scope: undefined,
}
let people = 0
/** Somebody new, whose sign-in leaves everything that a sign-in can leave. */
const newPerson = (domain: string) => {
  people += 1
  const sub = `person-${people}`
  return personOf(`ida@${domain}`, { sub, sid: `session of ${sub}`, tokens: TOKENS })
}

const store = createRecordingStore({ now: Date.now })
let person: ChosenPerson
let server: TestServer
before(async () => {
  person = createChosenPerson(newPerson('staff.example'))
  server = await startTestServer({
    env: EXCHANGE_ENV,
    file: {
      ...EXCHANGE_FILE,
      upstream: {
        globalTokenRevocation: { emailDomains: ['staff.example', 'other.example', 'evil.example'] },
      },
      access: {
        contact: 'help@example.com',
        rules: [
          { name: 'staff', when: { emailDomain: 'staff.example' } },
          { name: 'other', when: { emailDomain: 'other.example' }, resources: [OTHER_RESOURCE] },
        ],
      },
    },
    overrides: { relyingParty: person.relyingParty, store },
  })
})
after(() => server.close())
beforeEach(() => {
  person.identity = newPerson('staff.example')
})

/** The kinds of records that are written meanwhile, each once. */
async function kindsWrittenBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = store.writes.length
  await work()
  const kinds = store.writes.slice(before).map(({ key }) => key.split(':')[1] ?? '')
  // That one belongs to nobody: each process writes it once a day.
  return [...new Set(kinds)].filter((kind) => kind !== 'home-upstream').toSorted()
}

const connectUrl = (resource: string) =>
  `${server.issuer}/connect?${new URLSearchParams({ resource })}`

async function connect(resource: string, agent: UserAgent = createUserAgent()): Promise<Page> {
  return agent.submit(await agent.open(connectUrl(resource)), { button: /^Connect/ })
}

async function openAccountPage(agent: UserAgent = createUserAgent()): Promise<Page> {
  return agent.submit(await agent.open(`${server.issuer}/account`), { button: /^Sign in/ })
}

function assertRefused(page: Page, { resource }: { resource: string | undefined }) {
  assert.equal(page.status, 403)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(page.body, /This account has no access/)
  assert.match(page.body, /Ida Rhodes \(ida@/)
  assert.match(page.body, /href="mailto:help@example\.com"/)
  assert.doesNotMatch(page.body, /Go back to the (client|app)/, 'there is no client')
  const reference = page.headers.get('x-request-id') ?? ''
  assert.ok(page.body.includes(reference))
  const own = server.logLines
    .map((line) => JSON.parse(line))
    .filter(({ requestId }) => requestId === reference)
  const events = own.filter(({ audit }) => audit === 'access_refused')
  assert.equal(events.length, 1)
  assert.equal(events[0].resource, resource)
  assert.match(events[0].account, /^[\w-]{20,}$/)
  assert.doesNotMatch(JSON.stringify(own), /person-|ida@|Rhodes/)
}

test('at the account page, nothing is stored of a stranger whom the rules refuse, and a page says what to do', async () => {
  person.identity = newPerson('evil.example')
  const agent = createUserAgent()
  const kinds = await kindsWrittenBy(async () => {
    const page = await openAccountPage(agent)
    assertRefused(page, { resource: undefined })
    assert.match(page.body, /not allowed to use any MCP server/)
  })
  assert.deepEqual(kinds, ['login-attempt'])
  const again = await agent.open(`${server.issuer}/account`)
  assert.ok(!isSignedIn(again))
})

test('at the page that connects, nothing is stored of a stranger whom the rules refuse', async () => {
  person.identity = newPerson('evil.example')
  const kinds = await kindsWrittenBy(async () => {
    assertRefused(await connect(TEST_RESOURCE), { resource: TEST_RESOURCE })
  })
  assert.deepEqual(kinds, ['login-attempt'])
})

test('in an authorization, nothing but the request is stored of a stranger whom the rules refuse', async () => {
  person.identity = newPerson('evil.example')
  const client = await register(server.issuer)
  const kinds = await kindsWrittenBy(async () => {
    const page = await allowAs(buildAuthorization(server.issuer, client))
    assert.match(page.body, /This account has no access/)
  })
  assert.deepEqual(kinds, ['interaction', 'login-attempt'])
})

test('a person who may use another MCP server connects none that refuses them: no tokens, no session', async () => {
  person.identity = newPerson('other.example')
  const agent = createUserAgent()
  const kinds = await kindsWrittenBy(async () => {
    assertRefused(await connect(TEST_RESOURCE, agent), { resource: TEST_RESOURCE })
  })
  assert.deepEqual(kinds, ['account', 'account-email', 'login-attempt', 'upstream-session'])
  const kept = await kindsWrittenBy(async () => {
    assert.match((await connect(OTHER_RESOURCE, agent)).title, /Connected/)
  })
  assert.ok(kept.includes('upstream-tokens') && kept.includes('session'), kept.join())
})

test('a disabled account that signs in leaves no tokens of the upstream', async () => {
  const { sub } = person.identity
  const { control, findUpstreamTokens } = openAccess(server.config, store)
  await control.endAccess({ sub, what: 'everything', disable: true, reason: 'admin' })
  for (const begin of [openAccountPage, () => connect(TEST_RESOURCE)]) {
    assert.match((await begin()).body, /disabled|blocked/i)
    assert.equal(await findUpstreamTokens(sub), undefined)
  }
})

test('from the page that refuses them, a person goes on with another account', async () => {
  for (const begin of [openAccountPage, (agent: UserAgent) => connect(TEST_RESOURCE, agent)]) {
    person.identity = newPerson('evil.example')
    const agent = createUserAgent()
    const refused = await begin(agent)
    person.identity = newPerson('staff.example')
    const page = await agent.submit(refused, { button: /another account/ })
    assert.equal(person.signIns.at(-1)?.prompt, 'select_account')
    assert.equal(page.status, 200)
    assert.match(page.body, /ida@staff\.example/)
  }
})

test('a person who has an account still opens the account page after the rules have refused them everywhere', async () => {
  const known = person.identity
  const client = await register(server.issuer, { client_name: 'Editor' })
  assert.match((await allowAs(buildAuthorization(server.issuer, client))).url, /[?&]code=/)
  person.identity = { ...newPerson('evil.example'), sub: known.sub }
  const kinds = await kindsWrittenBy(async () => {
    const { agent, page } = await signInToAccount(server)
    assert.ok(isSignedIn(page))
    assert.match(page.body, /Editor/)
    const removed = await agent.submit(page, { button: /^Remove access/ })
    assert.doesNotMatch(removed.body, /Editor/)
  })
  // The provider must be able to end this session.
  assert.ok(kinds.includes('upstream-session'), kinds.join())
})
