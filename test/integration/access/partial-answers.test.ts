// Providers that answer a refresh without an ID token: userinfo alone then says who the person is, and may say less than the
// sign-in did.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import { mockClock, type TestClock } from '../../support/clock.ts'
import {
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
  register,
} from '../../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../../support/server.ts'

const QUARTER_SECONDS = 900
const PERSON = {
  sub: 'renewing-7',
  name: 'Ida Rhodes',
  email: 'ida@partner.example',
  email_verified: true,
  employment: 'external',
}

let clock: TestClock
let upstream: RenewingUpstream
let server: TestServer
before(async () => {
  clock = mockClock()
  upstream = await startRenewingUpstream()
  server = await startTestServer({
    upstream,
    env: { RESOURCES: '' },
    file: {
      resourceServers: [{ resource: TEST_RESOURCE }, { resource: OTHER_RESOURCE }],
      access: {
        claims: { employment: 'employment' },
        rules: [
          { name: 'everybody' },
          {
            name: 'contractors',
            effect: 'deny',
            when: { claim: 'employment', equals: 'external' },
            resources: [TEST_RESOURCE],
          },
          {
            name: 'partners',
            effect: 'deny',
            when: { emailDomain: 'partner.example' },
            resources: [TEST_RESOURCE],
          },
        ],
      },
    },
  })
})
after(async () => {
  await server.close()
  clock.restore()
})
let people = 0
beforeEach(() => {
  people += 1
  upstream.person = { ...PERSON, sub: `person-${people}` }
  Object.assign(upstream, { sendsIdToken: true, hiddenFromUserinfo: [] })
  clock.advance(60)
})

/** A client asks for the first MCP server; the page or redirect after Allow. */
async function askForFirst(agent: UserAgent) {
  const until = isAnswer(REDIRECT_URI)
  const { url } = buildAuthorization(server.issuer, await register(server.issuer), {
    resource: TEST_RESOURCE,
  })
  const page = await agent.open(url, { until })
  return page.status === 200 && page.body.includes('csrf_token')
    ? agent.submit(page, { button: /^Allow/, until })
    : page
}

const lastRule = () =>
  server.logLines
    .map((line) => JSON.parse(line))
    .findLast(({ audit }) => audit === 'access_refused')?.rule

for (const [name, changes, hidden, rule] of [
  ['a claim', { email: 'ida@example.com' }, ['employment'], 'contractors'],
  ['an address', { employment: 'internal' }, ['email', 'email_verified'], 'partners'],
] as const) {
  test(`a refresh answer without an ID token does not lift a rule that denies: ${name}`, async () => {
    upstream.person = { ...upstream.person, ...changes }
    const agent = createUserAgent()
    const { client, tokens } = await logIn(server.issuer, {
      agent,
      parameters: { resource: OTHER_RESOURCE },
    })
    assert.equal((await askForFirst(agent)).status, 403, 'the rule denies')
    Object.assign(upstream, { sendsIdToken: false, hiddenFromUserinfo: hidden })
    let token = tokens['refresh_token']
    for (let turn = 0; turn < 2; turn += 1) {
      clock.advance(QUARTER_SECONDS)
      const { granted } = upstream.refreshes
      const { status, body } = await refresh(server.issuer, client, token)
      assert.deepEqual([status, upstream.refreshes.granted], [200, granted + 1])
      token = body['refresh_token']
      const refused = await askForFirst(agent)
      assert.equal(refused.status, 403)
      assert.equal(lastRule(), rule)
      clock.advance(60)
    }
  })
}

test('a rule that may deny by now ends the grant, and the person gets a new one by signing in', async () => {
  upstream.person = { ...upstream.person, email: 'ida@example.com', employment: 'internal' }
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, {
    agent,
    parameters: { resource: TEST_RESOURCE },
  })
  Object.assign(upstream, { sendsIdToken: false, hiddenFromUserinfo: ['employment'] })
  clock.advance(QUARTER_SECONDS)
  const refused = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  assert.equal(lastRule(), 'contractors')
  const warnings = server.logLines.filter((line) => line.includes('says less about people'))
  assert.equal(warnings.length, 1)
  assert.match(warnings.join(), /"claims":\["employment"\]/)

  // The browser is signed in. Its next authorization goes upstream, where the ID token says it again.
  const asked = upstream.scopes.length
  const page = await askForFirst(agent)
  assert.ok(new URL(page.url).searchParams.get('code'), page.title)
  assert.equal(upstream.scopes.length, asked + 1)
})
