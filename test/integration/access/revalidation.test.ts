// Re-validation at refresh: what a client and a person notice of it. When the upstream is asked is decided in
// test/unit/domain/upstream-tokens; replicas: upstream-tokens-processes.test.ts.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { mockClock, type TestClock } from '../../support/clock.ts'
import { claimsOf, logIn, refresh } from '../../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { basic, form, jsonOf, send } from '../../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../../support/server.ts'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3600
const SECRET = 'secret-of-the-mcp-server'

const file = {
  resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'SERVER_SECRET' }],
  access: {
    claims: { groups: 'groups' },
    rules: [{ name: 'staff', when: { claim: 'groups', equals: 'staff' } }],
  },
}

let clock: TestClock
let upstream: RenewingUpstream
let server: TestServer
const person = {
  sub: 'renewing-7',
  name: 'Ida Rhodes',
  email: 'ida@example.com',
  email_verified: true,
  groups: ['staff'],
}
before(async () => {
  clock = mockClock()
  upstream = await startRenewingUpstream()
  server = await startTestServer({ upstream, env: { SERVER_SECRET: SECRET }, file })
})
after(async () => {
  await server.close()
  clock.restore()
})
beforeEach(() => {
  Object.assign(upstream, { person, answer: 'right', rotates: true, givesRefreshTokens: true })
  // What went wrong at the upstream in the test before.
  clock.advance(MINUTE_SECONDS)
})

async function isActive(token: unknown): Promise<boolean> {
  const headers = { authorization: basic(TEST_RESOURCE, SECRET) }
  const answer = await send(`${server.issuer}/introspect`, {
    headers,
    body: form({ token: String(token) }),
  })
  return jsonOf(answer)['active'] === true
}

const OPENID = { parameters: { scope: 'openid profile mcp:tools' } }

test('A36: a refresh asks the upstream if its last word is 15 minutes old, and the ID token has the new claims', async () => {
  const { client, tokens } = await logIn(server.issuer, OPENID)
  const { granted } = upstream.refreshes
  clock.advance(14 * MINUTE_SECONDS)
  const early = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([early.status, upstream.refreshes.granted], [200, granted])
  upstream.person = { ...person, name: 'Ida King' }
  clock.advance(MINUTE_SECONDS)
  const due = await refresh(server.issuer, client, early.body['refresh_token'])
  assert.deepEqual([due.status, upstream.refreshes.granted], [200, granted + 1])
  assert.equal(claimsOf(due.body['id_token'])['name'], 'Ida King')
  const next = await refresh(server.issuer, client, due.body['refresh_token'])
  assert.deepEqual([next.status, upstream.refreshes.granted], [200, granted + 1])
})

test('A36: a person whom the upstream has removed loses every grant and the browser session at the next refresh', async () => {
  const agent = createUserAgent()
  const first = await logIn(server.issuer, { agent })
  const second = await logIn(server.issuer, { agent })
  upstream.endGrants()
  clock.advance(15 * MINUTE_SECONDS)
  const ended = await refresh(server.issuer, first.client, first.tokens['refresh_token'])
  assert.deepEqual([ended.status, ended.body['error']], [400, 'invalid_grant'])
  assert.equal(await isActive(second.tokens['access_token']), false)
  const other = await refresh(server.issuer, second.client, second.tokens['refresh_token'])
  assert.deepEqual([other.status, other.body['error']], [400, 'invalid_grant'])
  const audited = server.logLines.filter((line) => line.includes('"audit":"access_ended"'))
  assert.equal(audited.length, 1)
  assert.match(audited.join(), /"reason":"upstream_grant_ended"/)
  // The browser has to sign in at the upstream again.
  const asked = upstream.scopes.length
  await logIn(server.issuer, { agent })
  assert.equal(upstream.scopes.length, asked + 1)
})

test('a person who has left the group loses the grant at the next refresh, and gets no further one', async () => {
  const { client, tokens } = await logIn(server.issuer)
  upstream.person = { ...person, groups: ['guests'] }
  clock.advance(15 * MINUTE_SECONDS)
  const refused = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  upstream.person = person
  const late = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([late.status, late.body['error']], [400, 'invalid_grant'])
})

test('while the upstream is down refreshes go on for a day, then get 503 and keep their token', async () => {
  const { client, tokens } = await logIn(server.issuer)
  upstream.answer = 'down'
  clock.advance(23 * HOUR_SECONDS)
  const graced = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(graced.status, 200)
  clock.advance(2 * HOUR_SECONDS)
  for (let turn = 0; turn < 3; turn += 1) {
    const { status, body, headers } = await refresh(
      server.issuer,
      client,
      graced.body['refresh_token'],
    )
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    assert.ok(headers.get('retry-after'))
    clock.advance(300)
  }
  upstream.answer = 'right'
  const after503 = await refresh(server.issuer, client, graced.body['refresh_token'])
  assert.equal(after503.status, 200, JSON.stringify(after503.body))
})

test('an upstream that does not answer holds up one refresh, within the deadline, and no others', async () => {
  const { client, tokens } = await logIn(server.issuer)
  clock.advance(15 * MINUTE_SECONDS)
  upstream.answer = 'silent'
  const startedAtMs = performance.now()
  const held = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(held.status, 200)
  assert.ok(performance.now() - startedAtMs < 6000)
  const nextAtMs = performance.now()
  const next = await refresh(server.issuer, client, held.body['refresh_token'])
  assert.equal(next.status, 200)
  assert.ok(performance.now() - nextAtMs < 1000)
})

test('a lost answer costs nobody the grant: the account lives for 12 hours after the last word, then signs in', async () => {
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, { agent })
  clock.advance(15 * MINUTE_SECONDS)
  upstream.answer = 'lost'
  const lost = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(lost.status, 200)
  upstream.answer = 'right'
  clock.advance(HOUR_SECONDS)
  const next = await refresh(server.issuer, client, lost.body['refresh_token'])
  assert.equal(next.status, 200)
  assert.ok(server.logLines.some((line) => line.includes('was lost')))
  clock.advance(11 * HOUR_SECONDS)
  const late = await refresh(server.issuer, client, next.body['refresh_token'])
  assert.deepEqual([late.status, late.body['error']], [400, 'invalid_grant'])
  // The browser is still signed in here. It goes upstream, and then everything is as before.
  const asked = upstream.scopes.length
  const again = await logIn(server.issuer, { agent })
  assert.equal(upstream.scopes.length, asked + 1)
  clock.advance(HOUR_SECONDS)
  const fresh = await refresh(server.issuer, again.client, again.tokens['refresh_token'])
  assert.equal(fresh.status, 200)
})

test('a refresh that fails at the upstream does not use up the refresh token', async () => {
  const { client, tokens } = await logIn(server.issuer)
  upstream.answer = 'down'
  clock.advance(25 * HOUR_SECONDS)
  for (let turn = 0; turn < 3; turn += 1) {
    const { status } = await refresh(server.issuer, client, tokens['refresh_token'])
    assert.equal(status, 503)
    clock.advance(HOUR_SECONDS)
  }
  upstream.answer = 'right'
  clock.advance(10 * MINUTE_SECONDS)
  const first = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(first.status, 200)
})

test('without access rules nobody is asked about, and no tokens of the upstream are kept', async () => {
  const own = await startRenewingUpstream()
  const open = await startTestServer({ upstream: own })
  try {
    const { client, tokens } = await logIn(open.issuer)
    own.endGrants()
    clock.advance(24 * HOUR_SECONDS)
    const { status } = await refresh(open.issuer, client, tokens['refresh_token'])
    assert.deepEqual([status, own.refreshes], [200, { granted: 0, refused: 0 }])
    assert.doesNotMatch(own.scopes.join(), /offline_access/)
  } finally {
    await open.close()
  }
})
