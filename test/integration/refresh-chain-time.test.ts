// Refresh tokens over many days: use extends their lifetime up to a cap, and a client recovers from a lost
// response even days later.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY_SECONDS, mockClock, type TestClock } from '../support/clock.ts'
import { logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let clock: TestClock
let server: TestServer
before(async () => {
  clock = mockClock()
  server = await startTestServer()
})
after(async () => {
  await server.close()
  clock.restore()
})

type LoggedIn = Awaited<ReturnType<typeof logIn>>

/** Presents the token `days` later; returns its successor. */
async function refreshAfter(
  days: number,
  client: LoggedIn['client'],
  token: unknown,
): Promise<unknown> {
  clock.advance(days * DAY_SECONDS)
  const { status, body } = await refresh(server.issuer, client, token)
  assert.equal(status, 200, JSON.stringify(body))
  return body['refresh_token']
}

async function assertRefused(client: LoggedIn['client'], token: unknown): Promise<void> {
  const { status, body } = await refresh(server.issuer, client, token)
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
}

test('a refresh token that is not used for 30 days is refused', async () => {
  const { client, tokens } = await logIn(server.issuer)
  clock.advance(30 * DAY_SECONDS)
  await assertRefused(client, tokens['refresh_token'])
})

test('a chain in use is valid on day 31 and day 179, and ends on day 180', async () => {
  const { client, tokens } = await logIn(server.issuer)
  let token = tokens['refresh_token']
  for (const days of [16, 15, 29, 29, 29, 29, 29, 3]) {
    token = await refreshAfter(days, client, token)
  }
  clock.advance(DAY_SECONDS)
  await assertRefused(client, token)
})

for (const { day, steps } of [
  { day: 1, steps: [] },
  { day: 31, steps: [15, 15] },
  { day: 179, steps: [29, 29, 29, 29, 29, 29, 4] },
]) {
  test(`a client recovers on day ${day} from a response lost the day before`, async () => {
    const { client, tokens } = await logIn(server.issuer)
    let token = tokens['refresh_token']
    for (const days of steps) token = await refreshAfter(days, client, token)
    const lost = await refreshAfter(0, client, token)
    const recovered = await refreshAfter(1, client, token)
    assert.notEqual(recovered, lost)
    assert.equal(typeof (await refreshAfter(0, client, recovered)), 'string')
  })
}

test('a client recovers each time from a response that is lost every day', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const answers = new Set<unknown>()
  for (let n = 0; n < 4; n += 1) {
    answers.add(await refreshAfter(1, client, tokens['refresh_token']))
  }
  assert.equal(answers.size, 4)
})

test('use extends the refresh token of a confidential client, up to the cap', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const { client, tokens } = await logIn(server.issuer, { metadata })
  for (const days of [29, 29, 29, 29, 29, 29, 5]) {
    assert.equal(await refreshAfter(days, client, tokens['refresh_token']), tokens['refresh_token'])
  }
  clock.advance(DAY_SECONDS)
  await assertRefused(client, tokens['refresh_token'])
})
