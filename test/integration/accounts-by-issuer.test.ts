// A server whose UPSTREAM_ISSUER was changed, over the store of the old one. The people of both upstreams have the
// same subjects, and are not the same people. subjects-by-issuer.test.ts has what MCP servers see.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { outcomeOf } from '../support/attack.ts'
import {
  ADA,
  authorize,
  buildAuthorization,
  type Client,
  claimsOf,
  isAnswer,
  logIn,
  obtainTokens,
  REDIRECT_URI,
  refresh,
} from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SECRET = randomBytes(48).toString('base64url')

let store: Store
let server: TestServer
/** The same store with the same upstream, and with another one. */
let restarted: TestServer
let moved: TestServer
before(async () => {
  store = { ...createMemoryStore({ now: Date.now }), close: async () => {} }
  const options = { env: { SESSION_SECRET: SECRET, CONSENT: 'always' }, overrides: { store } }
  server = await startTestServer(options)
  // The first sign-in at an empty store: this upstream is home.
  await logIn(server.issuer)
  const { upstreamIssuer: issuer } = server
  restarted = await startTestServer({ ...options, upstream: { issuer, close: async () => {} } })
  moved = await startTestServer(options)
})
after(async () => {
  await moved.close()
  await restarted.close()
  await server.close()
})

const SCOPE = { scope: 'openid profile email mcp:tools' }

async function refreshAt({ issuer }: TestServer, client: Client, tokens: Record<string, unknown>) {
  return refresh(issuer, client, tokens['refresh_token'])
}

/** The consent page for this browser, which names the account that is signed in. */
async function openConsent({ issuer }: TestServer, agent: UserAgent, client: Client) {
  const page = await agent.open(buildAuthorization(issuer, client, SCOPE).url)
  assert.match(page.title, /^Allow /)
  return /Ada Byron/.test(page.body) ? 'signed in' : 'nobody'
}

test('a restart with the same upstream keeps grants, accounts and sessions, and the subject', async () => {
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, { parameters: SCOPE, agent })
  const next = await refreshAt(restarted, client, tokens)
  assert.equal(outcomeOf(next), '200')
  assert.equal(claimsOf(next.body['access_token'])['sub'], ADA)
  assert.equal(await openConsent(restarted, agent, client), 'signed in')
})

test('after a change of upstream, grants of the old one end', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: SCOPE })
  assert.equal(outcomeOf(await refreshAt(moved, client, tokens)), '400 invalid_grant')
  const back = await refreshAt(server, client, tokens)
  assert.equal(outcomeOf(back), '200', 'control: they are good again with the old upstream')
})

test('after a change of upstream, nobody is signed in by an old session', async () => {
  const agent = createUserAgent()
  const { client } = await logIn(server.issuer, { parameters: SCOPE, agent })
  assert.equal(await openConsent(moved, agent, client), 'nobody')
})

test('an old session does not sign a browser in as the namesake of its person', async () => {
  const [agent, namesake] = [createUserAgent(), createUserAgent()]
  const { client } = await logIn(server.issuer, { parameters: SCOPE, agent })
  await authorize(buildAuthorization(moved.issuer, client, SCOPE), { agent: namesake })
  assert.equal(await openConsent(moved, agent, client), 'nobody')
  assert.equal(await openConsent(moved, namesake, client), 'signed in', 'control')
})

test('a person of the new upstream does not revive the grants of their namesake', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: SCOPE })
  const namesake = await obtainTokens(moved.issuer, client, { parameters: SCOPE })
  assert.equal(outcomeOf(namesake), '200')
  assert.equal(outcomeOf(await refreshAt(moved, client, tokens)), '400 invalid_grant')
  const own = await refreshAt(moved, client, namesake.body)
  assert.equal(outcomeOf(own), '200', 'control: their own grant lives')
})

/** The scopes that a step-up at `at` would keep from what was allowed at the first server. */
async function findKeptScopes(at: TestServer): Promise<string> {
  const { client } = await logIn(server.issuer, { parameters: { scope: 'openid profile' } })
  const agent = createUserAgent()
  const own = { scope: 'openid' }
  await authorize(buildAuthorization(at.issuer, client, own), { agent })
  const page = await agent.open(buildAuthorization(at.issuer, client, { scope: 'email' }).url)
  return /name="kept_scopes" value="([^"]*)"/.exec(page.body)?.[1] ?? 'none'
}

test('a person of the new upstream has no part in the approvals of their namesake', async () => {
  assert.match(await findKeptScopes(server), /profile/, 'control: the same upstream')
  assert.doesNotMatch(await findKeptScopes(moved), /profile/)
})

const at = ({ issuer }: TestServer, { href, origin }: URL) => href.replace(origin, issuer)

/** Signs in at the first server, and stops before the browser opens `/authorize/:uid`. */
async function signInWithoutResuming(agent: UserAgent, client: Client): Promise<URL> {
  const consent = await agent.open(buildAuthorization(server.issuer, client, SCOPE).url)
  const upstream = await agent.submit(consent, { button: /^Allow/ })
  const person = { name: 'person', value: ADA }
  const until = ({ pathname }: URL) => pathname.startsWith('/authorize/')
  return new URL((await agent.submit(upstream, { button: person, until })).url)
}

test('a sign-in that an old upstream answered does not resume as the namesake of its person', async () => {
  const { client } = await logIn(moved.issuer, { parameters: SCOPE })
  const until = isAnswer(REDIRECT_URI)
  for (const [where, isResumed] of [
    [moved, false],
    [restarted, true],
  ] as const) {
    const agent = createUserAgent()
    const resume = await signInWithoutResuming(agent, client)
    const page = await agent.open(at(where, resume), { until })
    assert.equal(until(new URL(page.url)), isResumed, page.url)
    if (isResumed) continue
    assert.equal(page.status, 400)
    assert.match(page.body, /start the sign-in again/)
    assert.equal(await openConsent(moved, agent, client), 'nobody')
  }
})

test('a consent page of an old upstream does not name the namesake of its person', async () => {
  const agent = createUserAgent()
  const { client } = await logIn(server.issuer, { parameters: SCOPE, agent })
  const consent = await agent.open(buildAuthorization(server.issuer, client, SCOPE).url)
  const control = await agent.open(at(restarted, new URL(consent.url)))
  assert.match(control.body, /Ada Byron/, 'control: the same upstream')
  await logIn(moved.issuer, { parameters: SCOPE })
  const page = await agent.open(at(moved, new URL(consent.url)))
  assert.equal(page.status, 400)
  assert.doesNotMatch(page.body, /Ada Byron/)
})
