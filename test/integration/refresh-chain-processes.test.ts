// Two processes of a client start with one stored token, and the second never reads it again. Which of them have to
// sign in depends on the reuse window: docs/refresh-tokens.md. Concurrent: refresh-races.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { type Client, logIn, refresh } from '../support/journey.ts'
import { startTestServer } from '../support/server.ts'

let clock: TestClock
before(() => {
  clock = mockClock()
})
after(() => clock.restore())

const HOUR_SECONDS = 3600

/** A process of the client, which keeps its token in memory. `refresh` returns the status. */
function startProcess(issuer: string, client: Client, stored: unknown) {
  let token = stored
  return {
    async refresh(): Promise<number> {
      const { status, body } = await refresh(issuer, client, token)
      if (status === 200) token = body['refresh_token']
      return status
    },
  }
}

async function startPair(refreshReuseWindowSeconds: number, t: { after(f: () => unknown): void }) {
  const server = await startTestServer({ file: { lifetimes: { refreshReuseWindowSeconds } } })
  t.after(server.close)
  const { client, tokens } = await logIn(server.issuer)
  const start = () => startProcess(server.issuer, client, tokens['refresh_token'])
  return [start(), start()] as const
}

test('a process that comes with the previous token within 120 s is served, and so is the first', async (t) => {
  const [first, second] = await startPair(120, t)
  assert.equal(await first.refresh(), 200)
  clock.advance(119)
  assert.equal(await second.refresh(), 200)
  for (const process of [first, second, first, second]) assert.equal(await process.refresh(), 200)
})

test('a process that comes with the previous token after 120 s costs both a sign-in, as a thief would', async (t) => {
  const [first, second] = await startPair(120, t)
  assert.equal(await first.refresh(), 200)
  clock.advance(120)
  assert.equal(await second.refresh(), 200)
  assert.equal(await first.refresh(), 400)
  assert.equal(await second.refresh(), 400)
})

test('with a reuse window of a day, a process that was idle for hours is served, and so is the first', async (t) => {
  const [first, second] = await startPair(24 * HOUR_SECONDS, t)
  for (let hour = 0; hour < 8; hour += 1) {
    assert.equal(await first.refresh(), 200)
    clock.advance(HOUR_SECONDS)
  }
  for (const process of [second, first, second]) assert.equal(await process.refresh(), 200)
})
