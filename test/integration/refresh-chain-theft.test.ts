// A refresh token in the hands of two: who presents one that was traded in ends the grant for both.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { GRACE, logIn, refresh } from '../support/journey.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

const INTROSPECTION_SECRET = 'a secret of the resource server'
// Registrations that say the same share a client id.
const SHARED = {
  metadata: { client_uri: 'https://client.example/shared' },
  parameters: { scope: 'openid mcp:tools' },
}

let clock: TestClock
before(() => {
  clock = mockClock()
})
after(() => clock.restore())

type LoggedIn = Awaited<ReturnType<typeof logIn>>

async function assertRefused(issuer: string, { client }: LoggedIn, token: unknown) {
  const { status, body } = await refresh(issuer, client, token)
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
}

async function succeed(issuer: string, { client }: LoggedIn, token: unknown) {
  const { status, body } = await refresh(issuer, client, token)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

async function userinfoStatus({ issuer }: TestServer, accessToken: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await fetch(`${issuer}/userinfo`, { headers })).status
}

async function isActive({ issuer }: TestServer, token: unknown): Promise<unknown> {
  const credentials = { client_id: TEST_RESOURCE, client_secret: INTROSPECTION_SECRET }
  const body = new URLSearchParams({ ...credentials, token: String(token) })
  const answer = await fetch(`${issuer}/introspect`, { method: 'POST', body })
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { active: unknown }).active
}

function audits({ logLines }: TestServer): Record<string, unknown>[] {
  return logLines.map((line) => JSON.parse(line)).filter(({ audit }) => audit !== undefined)
}

describe('a token that was traded in and comes again after the window', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer({
      env: { INTROSPECTION: INTROSPECTION_SECRET },
      file: {
        resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'INTROSPECTION' }],
      },
    })
  })
  after(() => server.close())

  test('ends the grant and all its tokens at once, in the audit too, and no other grant', async () => {
    const { issuer } = server
    const victim = await logIn(issuer, SHARED)
    const neighbour = await logIn(issuer, { ...SHARED, person: GRACE })
    assert.equal(victim.client.client_id, neighbour.client.client_id)
    const first = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const second = await succeed(issuer, victim, first['refresh_token'])
    clock.advance(121)
    assert.equal(await isActive(server, second['access_token']), true)

    await assertRefused(issuer, victim, victim.tokens['refresh_token'])

    await assertRefused(issuer, victim, second['refresh_token'])
    assert.equal(await userinfoStatus(server, second['access_token']), 401)
    assert.equal(await isActive(server, second['access_token']), false)
    const [audit, ...others] = audits(server)
    assert.equal(audit?.['audit'], 'grant_revoked')
    assert.equal(audit?.['reason'], 'refresh_token_reuse')
    assert.equal(audit?.['clientId'], victim.client.client_id)
    assert.deepEqual(others, [])

    assert.equal(await userinfoStatus(server, neighbour.tokens['access_token']), 200)
    assert.equal(await isActive(server, neighbour.tokens['access_token']), true)
    await succeed(issuer, neighbour, neighbour.tokens['refresh_token'])
  })

  test('finds out a thief who came first when the client comes next', async () => {
    const { issuer } = server
    const victim = await logIn(issuer, SHARED)
    const stolen = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const thief = await succeed(issuer, victim, stolen['refresh_token'])
    clock.advance(121)
    await assertRefused(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, thief['refresh_token'])
  })

  test('is theft also when it was given up for a lost answer', async () => {
    const { issuer } = server
    const victim = await logIn(issuer, SHARED)
    const givenUp = await succeed(issuer, victim, victim.tokens['refresh_token'])
    clock.advance(121)
    const healed = await succeed(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, givenUp['refresh_token'])
    await assertRefused(issuer, victim, healed['refresh_token'])
  })
})

describe('with a reuse window of 0', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer({ file: { lifetimes: { refreshReuseWindowSeconds: 0 } } })
  })
  after(() => server.close())

  test('a token is theft as soon as its successor was presented', async () => {
    const { issuer } = server
    const victim = await logIn(issuer)
    const first = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const second = await succeed(issuer, victim, first['refresh_token'])
    await assertRefused(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, second['refresh_token'])
  })

  test('a lost answer is healed all the same', async () => {
    const { issuer } = server
    const victim = await logIn(issuer)
    const lost = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const healed = await succeed(issuer, victim, victim.tokens['refresh_token'])
    assert.notEqual(healed['refresh_token'], lost['refresh_token'])
    await succeed(issuer, victim, healed['refresh_token'])
  })
})
