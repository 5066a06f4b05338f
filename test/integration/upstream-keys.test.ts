// The upstream may change its keys between two requests of one sign-in, and its clock may differ from ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { type FaultyUpstream, startFaultyUpstream } from '../support/faulty-upstream.ts'
import {
  ADA,
  buildAuthorization,
  type Client,
  isAnswer,
  logIn,
  REDIRECT_URI,
  register,
} from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const until = isAnswer(REDIRECT_URI)
const LOGINS = 20
const JWKS = '/jwks'

interface Stage {
  readonly upstream: FaultyUpstream
  readonly server: TestServer
  readonly client: Client
  readonly clock: { aheadMs: number }
}

async function open(t: { after(fn: () => Promise<void>): void }): Promise<Stage> {
  const clock = { aheadMs: 0 }
  const upstream = await startFaultyUpstream()
  const now = () => Date.now() + clock.aheadMs
  const server = await startTestServer({ upstream, overrides: { now } })
  t.after(() => server.close())
  return { upstream, server, client: await register(server.issuer), clock }
}

/** One sign-in from the client's request to its answer. Returns the status: 303 with a code, or an error page. */
async function signIn({ server, client }: Stage): Promise<number> {
  const agent = createUserAgent()
  const consent = await agent.open(buildAuthorization(server.issuer, client).url)
  const page = await agent.submit(consent, { button: /^Allow/, until })
  assert.equal(page.status === 303, until(new URL(page.url)), page.url)
  return page.status
}

/** Resolves when this many codes were redeemed, and their responses have arrived. */
async function tokensIssued({ upstream }: Stage, count: number): Promise<void> {
  while (upstream.countRequests('/token') < count) await delay(5)
  await delay(100)
}

const ROTATIONS = {
  'a key with a new kid': 'newer',
  'a new key under the old kid': 'right',
  'a key without a kid': undefined,
}

for (const [rotation, kid] of Object.entries(ROTATIONS)) {
  test(`a sign-in right after the upstream changed to ${rotation} completes`, async (t) => {
    const stage = await open(t)
    assert.equal(await signIn(stage), 303)
    await stage.upstream.rotateKey(kid)
    assert.equal(await signIn(stage), 303)
    assert.equal(stage.upstream.countRequests(JWKS), 2)
    assert.equal(stage.upstream.countRequests('/token'), 2, 'a code is redeemed once')
  })
}

test('a new key without a kid replaces another one without a kid', async (t) => {
  const stage = await open(t)
  await stage.upstream.rotateKey(undefined)
  assert.equal(await signIn(stage), 303)
  await stage.upstream.rotateKey(undefined)
  assert.equal(await signIn(stage), 303)
})

for (const [change, kid] of [
  ['a key with a new kid', undefined],
  ['a new key under the old kid', 'stable'],
] as const) {
  test(`a person who is at the login page of a real provider while it changes to ${change} is signed in`, async (t) => {
    const server = await startTestServer()
    t.after(() => server.close())
    await server.devUpstream?.rotateKey(kid)
    const { client } = await logIn(server.issuer)

    const agent = createUserAgent()
    const consent = await agent.open(buildAuthorization(server.issuer, client).url)
    const login = await agent.submit(consent, { button: /^Allow/ })
    await server.devUpstream?.rotateKey(kid)
    const button = { name: 'person', value: ADA }
    const { url } = await agent.submit(login, { button, until })
    assert.ok(until(new URL(url)), url)
  })
}

test(`${LOGINS} simultaneous sign-ins after the upstream changed its key fetch the keys once`, async (t) => {
  const stage = await open(t)
  assert.equal(await signIn(stage), 303)
  await stage.upstream.rotateKey('newer')
  stage.upstream.fault = { beforeJwks: () => tokensIssued(stage, LOGINS + 1) }
  const statuses = await Promise.all(Array.from({ length: LOGINS }, () => signIn(stage)))
  assert.deepEqual(statuses, Array(LOGINS).fill(303))
  assert.equal(stage.upstream.countRequests(JWKS), 2)
})

test(`${LOGINS} simultaneous first sign-ins fetch the keys once`, async (t) => {
  const stage = await open(t)
  stage.upstream.fault = { beforeJwks: () => tokensIssued(stage, LOGINS) }
  const statuses = await Promise.all(Array.from({ length: LOGINS }, () => signIn(stage)))
  assert.deepEqual(statuses, Array(LOGINS).fill(303))
  assert.equal(stage.upstream.countRequests(JWKS), 1)
})

for (const [fault, idToken] of Object.entries({
  'an unknown kid': { header: { kid: 'unknown' } },
  'a wrong signature': { signature: 'of another key' },
} as const)) {
  test(`ID tokens with ${fault} make the server fetch the keys at most once in 30 s`, async (t) => {
    const stage = await open(t)
    const { upstream, clock } = stage
    assert.equal(await signIn(stage), 303)
    upstream.fault = { idToken }
    for (const aheadMs of [0, 0, 29_000]) {
      clock.aheadMs = aheadMs
      assert.equal(await signIn(stage), 502)
      assert.equal(upstream.countRequests(JWKS), 2)
    }
    clock.aheadMs = 31_000
    assert.equal(await signIn(stage), 502)
    assert.equal(upstream.countRequests(JWKS), 3, 'control: later it may')
    // The known keys stay in use.
    upstream.fault = {}
    assert.equal(await signIn(stage), 303)
    assert.equal(upstream.countRequests(JWKS), 3)
  })
}

test('sign-ins that fail before an ID token is verified do not fetch the keys', async (t) => {
  const stage = await open(t)
  const { upstream } = stage
  assert.equal(await signIn(stage), 303)
  for (const fault of [
    { authorization: { code: undefined, error: 'nonsense' } },
    { token: { status: 400, body: '{"error":"invalid_grant"}' } },
    { idToken: { claims: { nonce: 'another' } } },
    { idToken: { claims: { aud: 'another' } } },
    { idToken: { signature: 'none' } },
  ] as const) {
    upstream.fault = fault
    assert.equal(await signIn(stage), 502)
    upstream.fault = {}
    assert.equal(await signIn(stage), 303)
  }
  assert.equal(upstream.countRequests(JWKS), 1)
})

test('keys that cannot be renewed stay in use for ID tokens that they verify', async (t) => {
  const stage = await open(t)
  const { upstream } = stage
  assert.equal(await signIn(stage), 303)
  for (const [jwks, status] of [
    [{ status: 503, body: '' }, 503],
    [{ members: { keys: [] } }, 502],
  ] as const) {
    upstream.fault = { jwks, idToken: { header: { kid: 'unknown' } } }
    stage.clock.aheadMs += 31_000
    assert.equal(await signIn(stage), status)
    upstream.fault = { jwks }
    assert.equal(await signIn(stage), 303)
  }
})

test('keys that are no longer fresh verify for an hour while the upstream does not publish any', async (t) => {
  const stage = await open(t)
  const { upstream } = stage
  assert.equal(await signIn(stage), 303)
  upstream.fault = { jwks: { status: 503, body: '' } }
  stage.clock.aheadMs += 6 * 60_000
  assert.equal(await signIn(stage), 303)
  upstream.fault = { jwks: { status: 503, body: '' }, idToken: { header: { kid: 'unknown' } } }
  assert.equal(await signIn(stage), 503)
  upstream.fault = { jwks: { status: 503, body: '' } }
  stage.clock.aheadMs += 55 * 60_000
  assert.equal(await signIn(stage), 503)
})

const TOLERATED = 110
const TOO_FAR = 130
const nowSeconds = () => Math.floor(Date.now() / 1000)

/** How far each claim is off, in seconds. */
const CLAIMS: Record<string, (seconds: number) => Record<string, number>> = {
  'issued in the future': (seconds) => ({ iat: nowSeconds() + seconds }),
  'not valid yet': (seconds) => ({ nbf: nowSeconds() + seconds }),
  expired: (seconds) => ({ exp: nowSeconds() - seconds }),
}

for (const [what, claims] of Object.entries(CLAIMS)) {
  test(`an ID token that is ${what} is accepted within two minutes, for clocks that differ`, async (t) => {
    const stage = await open(t)
    stage.upstream.fault = { idToken: { claims: claims(TOLERATED) } }
    assert.equal(await signIn(stage), 303)
    stage.upstream.fault = { idToken: { claims: claims(TOO_FAR) } }
    assert.equal(await signIn(stage), 502)
  })
}
