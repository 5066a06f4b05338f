// The end of a grant is told to the audit with its reason, whatever happens to the request that ends it.
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
/** Runs once, right before a refresh token is traded in. */
let beforeTrade: (() => Promise<unknown>) | undefined
before(async () => {
  clock = mockClock()
  failing = await openFailingStore()
  const { store } = failing
  const swap: typeof store.swap = async (key, expected, next, ttlSeconds) => {
    const act = key.includes(':refresh-family:') && expected !== undefined && beforeTrade
    if (act) {
      beforeTrade = undefined
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
  const said = server.logLines.slice(lines).map((line) => JSON.parse(line))
  return said.filter(({ audit }) => audit === 'grant_revoked').map(({ reason }) => reason)
}

/** A login whose first token was traded in twice, longer ago than the reuse window. */
async function prepareTheft() {
  const loggedIn = await logIn(server.issuer)
  const first = await refresh(server.issuer, loggedIn.client, loggedIn.tokens['refresh_token'])
  await refresh(server.issuer, loggedIn.client, first.body['refresh_token'])
  clock.advance(121)
  return { ...loggedIn, lines: server.logLines.length }
}

for (const failure of ['before', 'after'] as const) {
  test(`theft is told when a store that failed ${failure} any command is back`, () =>
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

  test(`a sign-out is told when a store that failed ${failure} any command is back`, () =>
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

test('it is told once', async () => {
  const { client, tokens, lines } = await prepareTheft()
  await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual(reasonsSince(lines), ['refresh_token_reuse'])
})

test('a sign-out in the middle of a refresh is no theft', async () => {
  const loggedIn = await logIn(server.issuer)
  const lines = server.logLines.length
  beforeTrade = () => revoke(loggedIn)
  const { client, tokens } = loggedIn
  const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
  assert.deepEqual(reasonsSince(lines), ['client'])
})
