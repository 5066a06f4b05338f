// The subjects that MCP servers see after a change of UPSTREAM_ISSUER. Both upstreams sign in a person with the same
// `sub`, who is not the same person.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import { outcomeOf } from '../support/attack.ts'
import {
  type FaultyUpstream,
  startFaultyUpstream,
  UPSTREAM_PERSON,
} from '../support/faulty-upstream.ts'
import { buildAuthorization, claimsOf, logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const [SECRET, NEW_SECRET] = [0, 1].map(() => randomBytes(48).toString('base64url'))
const SCOPE = { scope: 'openid profile email mcp:tools' }

let upstreams: FaultyUpstream[]
/** All over one store, in the order of their starts. */
let servers: TestServer[]
let home: TestServer
let moved: TestServer
let movedAndRotated: TestServer
/** The second upstream, as the new address of the first one. */
let readdressed: TestServer

before(async () => {
  upstreams = [await startFaultyUpstream(), await startFaultyUpstream()]
  const [first = '', second = ''] = upstreams.map(({ issuer }) => issuer)
  const store = { ...createMemoryStore({ now: Date.now }), close: async () => {} }
  const start = (issuer: string, env: Record<string, string> = {}) =>
    startTestServer({
      env: { SESSION_SECRET: `${SECRET}`, ...env },
      upstream: { issuer, close: async () => {} },
      overrides: { store },
    })
  home = await start(first)
  await logIn(home.issuer)
  moved = await start(second)
  movedAndRotated = await start(second, { SESSION_SECRET: `${NEW_SECRET},${SECRET}` })
  readdressed = await start(second, { UPSTREAM_SUBJECTS_OF: first })
  servers = [home, moved, movedAndRotated, readdressed]
})
after(async () => {
  for (const one of [...servers, ...upstreams]) await one.close()
})

async function signIn({ issuer }: TestServer, agent: UserAgent = createUserAgent()) {
  const { client, tokens } = await logIn(issuer, { parameters: SCOPE, agent })
  const headers = { authorization: `Bearer ${tokens['access_token']}` }
  const userinfo = (await (await fetch(`${issuer}/userinfo`, { headers })).json()) as {
    sub?: string
  }
  const subjects = [tokens['access_token'], tokens['id_token']].map(
    (token) => claimsOf(token)['sub'],
  )
  assert.deepEqual(subjects, [userinfo.sub, userinfo.sub], 'access token, ID token, /userinfo')
  return { client, tokens, subject: userinfo.sub ?? '' }
}

test('people of the home upstream keep the subject that they have there', async () => {
  assert.equal((await signIn(home)).subject, UPSTREAM_PERSON.sub)
})

test('people of another upstream have subjects of their own, the same at each sign-in', async () => {
  const { subject } = await signIn(moved)
  assert.match(subject, /^upstream\.[\w-]{43}$/)
  assert.equal((await signIn(moved)).subject, subject)
  assert.equal((await signIn(movedAndRotated)).subject, subject, 'after a rotation of secrets')
  assert.equal((await signIn(home)).subject, UPSTREAM_PERSON.sub, 'back at the home upstream')
})

test('two people with one subject keep their accounts and grants side by side', async () => {
  const [first, second] = [await signIn(home), await signIn(moved)]
  for (const [{ issuer }, { client, tokens, subject }] of [
    [home, first],
    [moved, second],
  ] as const) {
    const refreshed = await refresh(issuer, client, tokens['refresh_token'])
    assert.equal(outcomeOf(refreshed), '200')
    assert.equal(claimsOf(refreshed.body['access_token'])['sub'], subject)
  }
})

test('with UPSTREAM_SUBJECTS_OF, a provider with a new address keeps subjects, grants and sessions', async () => {
  const agent = createUserAgent()
  const { client, tokens } = await signIn(home, agent)
  assert.equal((await signIn(readdressed)).subject, UPSTREAM_PERSON.sub)
  const refreshed = await refresh(readdressed.issuer, client, tokens['refresh_token'])
  assert.equal(claimsOf(refreshed.body['access_token'])['sub'], UPSTREAM_PERSON.sub)
  const consent = await agent.open(buildAuthorization(readdressed.issuer, client, SCOPE).url)
  assert.match(consent.body, new RegExp(UPSTREAM_PERSON.name), 'the session')
})

test('the log warns once, and only if the upstream is not the home upstream', async () => {
  for (const server of servers) await signIn(server)
  const counts = servers.map(
    ({ logLines }) => logLines.filter((line) => line.includes('not the home upstream')).length,
  )
  assert.deepEqual(counts, [0, 1, 1, 0])
})
