// The audit log records the end of a grant with its reason, even if the request that ends it fails.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { type FailingStore, failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import { logIn, refresh } from '../support/journey.ts'
import { form, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let clock: TestClock
let failing: FailingStore
let server: TestServer
/** Runs once, right before a refresh token is rotated. */
let beforeRotation: (() => Promise<unknown>) | undefined
before(async () => {
  clock = mockClock()
  failing = await openFailingStore()
  const { store } = failing
  const swap: typeof store.swap = async (key, expected, next, ttlSeconds) => {
    const act = key.includes(':refresh-family:') && expected !== undefined && beforeRotation
    if (act) {
      beforeRotation = undefined
      await act()
    }
    return store.swap(key, expected, next, ttlSeconds)
  }
  server = await startTestServer({ overrides: { store: { ...store, swap } } })
})
after(async () => {
  await server.close()
  clock.restore()
})

type LoggedIn = Awaited<ReturnType<typeof logIn>>

const revoke = ({ client, tokens }: LoggedIn) =>
  send(`${server.issuer}/revoke`, {
    body: form({ client_id: client.client_id, token: String(tokens['refresh_token']) }),
  })

function reasonsSince(lines: number): unknown[] {
  const entries = server.logLines.slice(lines).map((line) => JSON.parse(line))
  return entries.filter(({ audit }) => audit === 'grant_revoked').map(({ reason }) => reason)
}

/** A sign-in whose first refresh token is two rotations old and past the reuse window. */
async function prepareTheft() {
  const loggedIn = await logIn(server.issuer)
  const first = await refresh(server.issuer, loggedIn.client, loggedIn.tokens['refresh_token'])
  await refresh(server.issuer, loggedIn.client, first.body['refresh_token'])
  clock.advance(121)
  return { ...loggedIn, lines: server.logLines.length }
}

for (const failure of ['before', 'after'] as const) {
  test(`reuse is audited when a store that failed ${failure} any command is back`, () =>
    failAtEachCommand(failing, failure, {
      prepare: prepareTheft,
      ask: ({ client, tokens }) => refresh(server.issuer, client, tokens['refresh_token']),
      async check(answer, { client, tokens, lines }, when) {
        assert.equal(answer.status, 503, when)
        const again = await refresh(server.issuer, client, tokens['refresh_token'])
        assert.deepEqual([again.status, again.body['error']], [400, 'invalid_grant'], when)
        assert.deepEqual(new Set(reasonsSince(lines)), new Set(['refresh_token_reuse']), when)
      },
    }))

  test(`a revocation is audited when a store that failed ${failure} any command is back`, () =>
    failAtEachCommand(failing, failure, {
      prepare: async () => ({
        ...(await logIn(server.issuer)),
        lines: server.logLines.length,
      }),
      ask: revoke,
      async check(answer, loggedIn, when) {
        assert.equal(answer.status, 503, when)
        assert.equal((await revoke(loggedIn)).status, 200, when)
        assert.deepEqual(new Set(reasonsSince(loggedIn.lines)), new Set(['client']), when)
      },
    }))
}

test('reuse is audited once', async () => {
  const { client, tokens, lines } = await prepareTheft()
  await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual(reasonsSince(lines), ['refresh_token_reuse'])
})

test('a revocation during a refresh is not audited as reuse', async () => {
  const loggedIn = await logIn(server.issuer)
  const lines = server.logLines.length
  beforeRotation = () => revoke(loggedIn)
  const { client, tokens } = loggedIn
  const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
  assert.deepEqual(reasonsSince(lines), ['client'])
})
