// Two parties hold the same refresh token: presenting a token that was already rotated ends the grant for
// both.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { GRACE, logIn, refresh } from '../support/journey.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

const INTROSPECTION_SECRET = 'a secret of the resource server'
// Clients that register the same metadata share a client id.
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

function auditEntries({ logLines }: TestServer): Record<string, unknown>[] {
  const entries = logLines.map((line) => JSON.parse(line))
  return entries.filter(({ audit }) => audit !== undefined && audit !== 'token_issued')
}

describe('a rotated refresh token that is presented again after the reuse window', () => {
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

  test('ends its grant and all its tokens at once, is audited, and leaves other grants alone', async () => {
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
    const [audit, ...others] = auditEntries(server)
    assert.equal(audit?.['audit'], 'grant_revoked')
    assert.equal(audit?.['reason'], 'refresh_token_reuse')
    assert.equal(audit?.['clientId'], victim.client.client_id)
    assert.deepEqual(others, [])

    assert.equal(await userinfoStatus(server, neighbour.tokens['access_token']), 200)
    assert.equal(await isActive(server, neighbour.tokens['access_token']), true)
    await succeed(issuer, neighbour, neighbour.tokens['refresh_token'])
  })

  test('exposes a thief who refreshed first, as soon as the client refreshes', async () => {
    const { issuer } = server
    const victim = await logIn(issuer, SHARED)
    const stolen = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const thief = await succeed(issuer, victim, stolen['refresh_token'])
    clock.advance(121)
    await assertRefused(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, thief['refresh_token'])
  })

  test('counts as stolen even if a retry after a lost response replaced it', async () => {
    const { issuer } = server
    const victim = await logIn(issuer, SHARED)
    const replaced = await succeed(issuer, victim, victim.tokens['refresh_token'])
    clock.advance(121)
    const recovered = await succeed(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, replaced['refresh_token'])
    await assertRefused(issuer, victim, recovered['refresh_token'])
  })
})

describe('with a reuse window of 0', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer({ file: { lifetimes: { refreshReuseWindowSeconds: 0 } } })
  })
  after(() => server.close())

  test('a refresh token counts as stolen as soon as its successor was used', async () => {
    const { issuer } = server
    const victim = await logIn(issuer)
    const first = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const second = await succeed(issuer, victim, first['refresh_token'])
    await assertRefused(issuer, victim, victim.tokens['refresh_token'])
    await assertRefused(issuer, victim, second['refresh_token'])
  })

  test('a client still recovers from a lost response', async () => {
    const { issuer } = server
    const victim = await logIn(issuer)
    const lost = await succeed(issuer, victim, victim.tokens['refresh_token'])
    const recovered = await succeed(issuer, victim, victim.tokens['refresh_token'])
    assert.notEqual(recovered['refresh_token'], lost['refresh_token'])
    await succeed(issuer, victim, recovered['refresh_token'])
  })
})
