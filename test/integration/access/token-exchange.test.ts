// Token exchange (RFC 8693): an MCP server gets the upstream's access token of the person who is calling it. Who must not
// get one: test/attack/token-exchange.test.ts.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { TOKEN_EXCHANGE } from '../../../src/provider/tokens/token-exchange.ts'
import { mockClock, type TestClock } from '../../support/clock.ts'
import {
  ACCESS_TOKEN_TYPE,
  asOther,
  CALENDAR_SECRET,
  EXCHANGE_ENV,
  EXCHANGE_FILE,
  exchange,
  PLAIN_RESOURCE,
} from '../../support/exchange.ts'
import { buildAuthorization, logIn, refresh, register } from '../../support/journey.ts'
import { approveOnce, assertAnswered, assertAsked } from '../../support/remembering.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { jsonOf, send } from '../../support/send.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../../support/server.ts'

const HOUR_SECONDS = 3600

let clock: TestClock
let upstream: RenewingUpstream
let server: TestServer
before(async () => {
  clock = mockClock()
  upstream = await startRenewingUpstream()
  server = await startTestServer({ upstream, env: EXCHANGE_ENV, file: EXCHANGE_FILE })
})
after(async () => {
  await server.close()
  clock.restore()
})
beforeEach(() => {
  Object.assign(upstream, { answer: 'right', rotates: true, givesRefreshTokens: true })
  upstream.grantedScope = undefined
})

test('an MCP server gets a token of the upstream for its caller, with what is left of its lifetime', async () => {
  const { tokens } = await logIn(server.issuer)
  assert.match(upstream.scopes.at(-1) ?? '', /\bcalendar\.read\b/)
  clock.advance(600)
  const { status, body, headers } = await exchange(server.issuer, tokens['access_token'])
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(headers.get('cache-control'), 'no-store')
  const { access_token, expires_in, scope, ...rest } = body
  assert.deepEqual(rest, { issued_token_type: ACCESS_TOKEN_TYPE, token_type: 'Bearer' })
  assert.ok(upstream.accepts(String(access_token)))
  assert.ok(Math.abs(Number(expires_in) - (HOUR_SECONDS - 600)) < 5, String(expires_in))
  assert.match(String(scope), /\bcalendar\.read\b/)
  const audited = server.logLines.filter((line) => line.includes('upstream_token_issued'))
  assert.equal(audited.length, 1)
  assert.doesNotMatch(audited.join(), /upstream-access|renewing-7/)
})

test('the secret may be posted, and the audience may be the issuer of the upstream', async () => {
  const { tokens } = await logIn(server.issuer)
  const form = { client_id: TEST_RESOURCE, client_secret: CALENDAR_SECRET }
  const posted = await exchange(server.issuer, tokens['access_token'], { authorization: '', form })
  assert.equal(posted.status, 200, JSON.stringify(posted.body))
  const audience = upstream.issuer
  const named = await exchange(server.issuer, tokens['access_token'], { form: { audience } })
  assert.equal(named.status, 200)
})

test('a token for an alias of the MCP server is exchanged too', async () => {
  const parameters = { resource: `${TEST_RESOURCE}/alias` }
  const { tokens } = await logIn(server.issuer, { parameters })
  assert.equal((await exchange(server.issuer, tokens['access_token'])).status, 200)
})

test('an expired token of the upstream is refreshed first, and nobody has to sign in', async () => {
  const { client, tokens } = await logIn(server.issuer)
  clock.advance(2 * HOUR_SECONDS)
  const refreshed = await refresh(server.issuer, client, tokens['refresh_token'])
  const { granted } = upstream.refreshes
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => exchange(server.issuer, refreshed.body['access_token'])),
  )
  for (const { status, body } of answers) {
    assert.equal(status, 200)
    assert.equal(body['expires_in'], HOUR_SECONDS)
    assert.ok(upstream.accepts(String(body['access_token'])))
  }
  assert.equal(upstream.refreshes.granted, granted + 1)
})

test('each MCP server gets the scopes of its own sign-ins, and not those of another', async () => {
  const agent = createUserAgent()
  const first = await logIn(server.issuer, { agent })
  assert.doesNotMatch(upstream.scopes.at(-1) ?? '', /files/)
  // The browser is signed in. It goes upstream nevertheless: the second server has nothing yet.
  const asked = upstream.scopes.length
  const parameters = { resource: OTHER_RESOURCE }
  const second = await logIn(server.issuer, { agent, parameters })
  assert.equal(upstream.scopes.length, asked + 1)
  assert.doesNotMatch(upstream.scopes.at(-1) ?? '', /calendar/)
  const one = await exchange(server.issuer, first.tokens['access_token'])
  const other = await exchange(server.issuer, second.tokens['access_token'], {
    authorization: asOther,
  })
  assert.deepEqual([one.status, other.status], [200, 200])
  assert.match(String(one.body['scope']), /calendar\.read/)
  assert.match(String(other.body['scope']), /files\.read/)
  assert.notEqual(one.body['access_token'], other.body['access_token'])
  // A third time, everything is there, and the browser stays here.
  await logIn(server.issuer, { agent, parameters })
  assert.equal(upstream.scopes.length, asked + 1)
})

test('without the scopes, the answer is interaction_required with an address for the person', async () => {
  upstream.grantedScope = 'openid profile email'
  const { tokens } = await logIn(server.issuer)
  const { status, body } = await exchange(server.issuer, tokens['access_token'])
  assert.deepEqual([status, body['error']], [400, 'interaction_required'])
  const url = new URL(String(body['interaction_uri']))
  assert.equal(url.origin, server.issuer)
  assert.equal(url.searchParams.get('resource'), TEST_RESOURCE)
  assert.ok(server.logLines.some((line) => line.includes('"error":"interaction_required"')))
})

test('the same after the upstream has ended the sign-in; clients keep their tokens', async () => {
  const { client, tokens } = await logIn(server.issuer)
  upstream.endGrants()
  clock.advance(2 * HOUR_SECONDS)
  const refreshed = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(refreshed.status, 200)
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, body } = await exchange(server.issuer, refreshed.body['access_token'])
    assert.deepEqual([status, body['error']], [400, 'interaction_required'])
  }
  const again = await refresh(server.issuer, client, refreshed.body['refresh_token'])
  assert.equal(again.status, 200)
})

test('while the upstream is down the answer is 503 with Retry-After, and nothing is lost', async () => {
  const { client, tokens } = await logIn(server.issuer)
  clock.advance(2 * HOUR_SECONDS)
  const refreshed = await refresh(server.issuer, client, tokens['refresh_token'])
  upstream.answer = 'down'
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, body, headers } = await exchange(server.issuer, refreshed.body['access_token'])
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    assert.ok(Number(headers.get('retry-after')) > 0)
  }
  upstream.answer = { error: 'invalid_client' }
  clock.advance(20)
  const misconfigured = await exchange(server.issuer, refreshed.body['access_token'])
  assert.deepEqual(
    [misconfigured.status, misconfigured.body['error']],
    [503, 'temporarily_unavailable'],
  )
  upstream.answer = 'right'
  clock.advance(20)
  assert.equal((await exchange(server.issuer, refreshed.body['access_token'])).status, 200)
})

test('faulty requests get the errors of RFC 8693 and RFC 6749', async () => {
  const { tokens } = await logIn(server.issuer)
  const cases: readonly [Record<string, string | undefined>, string][] = [
    [{ subject_token: undefined }, 'invalid_request'],
    [{ subject_token: 'x' }, 'invalid_request'],
    [{ subject_token_type: undefined }, 'invalid_request'],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, 'invalid_request'],
    [{ actor_token: 'x', actor_token_type: ACCESS_TOKEN_TYPE }, 'invalid_request'],
    [{ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    [{ audience: undefined }, 'invalid_target'],
    [{ audience: 'another' }, 'invalid_target'],
    [{ audience: TEST_RESOURCE }, 'invalid_target'],
    [{ resource: 'https://api.example.com' }, 'invalid_target'],
    [{ scope: 'calendar.write' }, 'invalid_scope'],
  ]
  for (const [form, error] of cases) {
    const { status, body } = await exchange(server.issuer, tokens['access_token'], { form })
    assert.deepEqual([status, body['error']], [400, error], JSON.stringify(form))
  }
  const form = { scope: 'calendar.read', requested_token_type: ACCESS_TOKEN_TYPE }
  assert.equal((await exchange(server.issuer, tokens['access_token'], { form })).status, 200)
})

test('exchanges are limited for each person and MCP server', async () => {
  const own = await startRenewingUpstream()
  const limited = await startTestServer({
    upstream: own,
    env: EXCHANGE_ENV,
    file: { ...EXCHANGE_FILE, limits: { tokenExchange: { perAccount: 3, seconds: 60 } } },
  })
  try {
    const { tokens } = await logIn(limited.issuer)
    const statuses: number[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      statuses.push((await exchange(limited.issuer, tokens['access_token'])).status)
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429])
  } finally {
    await limited.close()
  }
})

test('the metadata lists the grant type only if an MCP server may exchange', async () => {
  const path = '/.well-known/oauth-authorization-server'
  const listed = jsonOf(await send(server.issuer + path))['grant_types_supported']
  assert.deepEqual(listed, ['authorization_code', 'refresh_token', TOKEN_EXCHANGE])
  const own = await startRenewingUpstream()
  const without = await startTestServer({ upstream: own })
  try {
    const grantTypes = jsonOf(await send(without.issuer + path))['grant_types_supported']
    assert.deepEqual(grantTypes, ['authorization_code', 'refresh_token'])
    const { client_id } = await register(without.issuer)
    const options = { authorization: '', form: { client_id } }
    const { status, body } = await exchange(without.issuer, 'x', options)
    assert.deepEqual([status, body['error']], [400, 'unsupported_grant_type'])
  } finally {
    await without.close()
  }
})

test('the consent page says what the MCP server gets at the sign-in service, in each language', async () => {
  const client = await register(server.issuer)
  const read = async (resource: string, language: string) => {
    const agent = createUserAgent()
    const parameters = { resource, ui_locales: language }
    const page = await agent.open(buildAuthorization(server.issuer, client, parameters).url)
    return parse(page.body).textContent.replace(/\s+/g, ' ')
  }
  for (const [language, sentence] of [
    ['en', /In Test sign-in, through Calendar/],
    ['de', /Bei Test sign-in, durch Calendar/],
    ['es', /En Test sign-in, a través de Calendar/],
  ] as const) {
    const text = await read(TEST_RESOURCE, language)
    assert.match(text, sentence)
    assert.match(text, /calendar\.read/)
    assert.doesNotMatch(text, /files\.read/)
    assert.doesNotMatch(await read(PLAIN_RESOURCE, language), sentence)
  }
})

test('a remembered approval shows the page again once the MCP server has no tokens of the person', async () => {
  const own = await startRenewingUpstream()
  const remembering = await startTestServer({
    upstream: own,
    env: { ...EXCHANGE_ENV, CONSENT: 'remember' },
    file: EXCHANGE_FILE,
  })
  try {
    const parameters = { resource: TEST_RESOURCE, scope: 'openid mcp:tools' }
    const approved = await approveOnce(remembering, { parameters })
    const { tokens } = approved
    await assertAnswered(approved, parameters)
    own.endGrants()
    clock.advance(2 * HOUR_SECONDS)
    const refreshed = await refresh(remembering.issuer, approved.client, tokens['refresh_token'])
    const { body } = await exchange(remembering.issuer, refreshed.body['access_token'])
    assert.equal(body['error'], 'interaction_required')
    await assertAsked(approved, parameters)
  } finally {
    await remembering.close()
  }
})
