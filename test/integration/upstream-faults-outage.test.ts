// An upstream outage delays only sign-ins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { listen } from '../../scripts/dev/listen.ts'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { compose } from '../../src/compose.ts'
import { createLogger } from '../../src/log.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  DISCOVERY_PATH,
  type FaultyUpstream,
  startFaultyUpstream,
  UPSTREAM_PERSON,
} from '../support/faulty-upstream.ts'
import {
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
  register,
} from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const until = isAnswer(REDIRECT_URI)
const LOGINS = 20
const HOUR_MS = 60 * 60 * 1000

async function start(
  t: { after(fn: () => Promise<void>): void },
  overrides: { store?: Store; now?: () => number } = {},
): Promise<{ upstream: FaultyUpstream; server: TestServer }> {
  const upstream = await startFaultyUpstream()
  const server = await startTestServer({ upstream, overrides })
  t.after(() => server.close())
  return { upstream, server }
}

test('the server starts and serves clients and probes while the upstream is down', async (t) => {
  const upstream = await startFaultyUpstream()
  await upstream.close()
  const server = await startTestServer({ upstream })
  t.after(() => server.close())
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/jwks',
    '/livez',
    '/readyz',
  ]) {
    const { status } = await fetch(server.issuer + path)
    assert.equal(status, 200, path)
  }
  assert.ok(await register(server.issuer))
})

test('a client can refresh while the upstream is down, even after a restart', async (t) => {
  const store = await openStore({ url: 'memory:' })
  const { upstream, server } = await start(t, { store })
  const { client, tokens } = await logIn(server.issuer)
  await upstream.close()
  const first = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(first.status, 200)

  const logger = createLogger({ level: 'silent' })
  const { listener } = await compose(server.config, { store, logger })
  const restarted = await listen({ port: 0, host: '127.0.0.1' })
  restarted.server.on('request', listener)
  t.after(() => restarted.close())
  const origin = `http://127.0.0.1:${restarted.port}`
  const second = await refresh(origin, client, first.body['refresh_token'])
  assert.equal(second.status, 200)
  const { sub, iss } = decodeJwt(String(second.body['access_token']))
  assert.deepEqual({ sub, iss }, { sub: UPSTREAM_PERSON.sub, iss: server.issuer })
})

/** `LOGINS` people press Allow at the same time. Returns the statuses of their pages. */
async function allowAtOnce({ issuer }: TestServer): Promise<number[]> {
  const client = await register(issuer)
  const waiting = Array.from({ length: LOGINS }, async () => {
    const agent = createUserAgent()
    return { agent, consent: await agent.open(buildAuthorization(issuer, client).url) }
  })
  const people = await Promise.all(waiting)
  const pages = await Promise.all(
    people.map(({ agent, consent }) => agent.submit(consent, { button: /^Allow/, until })),
  )
  return pages.map(({ status }) => status)
}

test(`${LOGINS} simultaneous sign-ins fetch the discovery document once`, async (t) => {
  const { upstream, server } = await start(t)
  assert.deepEqual(await allowAtOnce(server), Array(LOGINS).fill(303))
  assert.equal(upstream.countRequests(DISCOVERY_PATH), 1)
})

test(`${LOGINS} simultaneous sign-ins share a few requests to an unavailable upstream`, async (t) => {
  const { upstream, server } = await start(t)
  upstream.fault = { discovery: { status: 503, body: '' } }
  assert.deepEqual(await allowAtOnce(server), Array(LOGINS).fill(503))
  assert.ok(upstream.countRequests(DISCOVERY_PATH) <= 4)
})

for (const discovery of ['silence', { members: { token_endpoint: undefined } }] as const) {
  const outage = discovery === 'silence' ? 'no response' : 'an unusable document'
  test(`a valid discovery document stays in use when its renewal yields ${outage}`, async (t) => {
    let aheadMs = 0
    const { upstream, server } = await start(t, { now: () => Date.now() + aheadMs })
    await logIn(server.issuer)
    aheadMs = 2 * HOUR_MS
    upstream.fault = { discovery }
    const { tokens } = await logIn(server.issuer)
    assert.ok(tokens['access_token'])
    assert.ok(upstream.countRequests(DISCOVERY_PATH) > 1, 'the document was due for renewal')
  })
}

test('a failed sign-in does not change an earlier sign-in', async (t) => {
  const store = await openStore({ url: 'memory:' })
  const { upstream, server } = await start(t, { store })
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, { agent })
  const before = await durableRecords(store, server)
  assert.equal(Object.keys(before).length, 3)

  upstream.fault = { userinfo: { members: { sub: 'someone-else' } } }
  const { url } = buildAuthorization(server.issuer, client, { prompt: 'login' })
  const consent = await agent.open(url)
  const { status } = await agent.submit(consent, { button: /^Allow/, until })
  assert.equal(status, 502)
  assert.deepEqual(await durableRecords(store, server), before)
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
})

/** The records of a sign-in (account, grant, refresh tokens) as stored: key → value. */
async function durableRecords(store: Store, { config }: TestServer) {
  const records: Record<string, string | undefined> = {}
  for (const kind of ['account', 'grant', 'refresh-family']) {
    for await (const key of store.scan(`${config.storeKeyPrefix}:${kind}:`)) {
      records[key] = await store.get(key)
    }
  }
  return records
}
