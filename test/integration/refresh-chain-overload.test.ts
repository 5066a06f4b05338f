// An overloaded server processes requests late: their clients have retried, moved on or hung up. No such request
// costs a client its grant. The deadline of a request: request-deadline.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { leave } from '../support/hang-up.ts'
import { type HeldStore, openHeldStore } from '../support/held-store.ts'
import { type Client, logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const AFTER_WINDOW_SECONDS = 121

let clock: TestClock
let held: HeldStore
let server: TestServer
before(async () => {
  clock = mockClock()
  held = await openHeldStore()
  server = await startTestServer({ overrides: { store: held.store } })
})
after(async () => {
  await server.close()
  clock.restore()
})

async function rotate(client: Client, token: unknown, times = 1): Promise<unknown> {
  let current = token
  for (let n = 0; n < times; n += 1) {
    const { status, body } = await refresh(server.issuer, client, current)
    assert.equal(status, 200, JSON.stringify(body))
    current = body['refresh_token']
  }
  return current
}

const revocations = () =>
  server.logLines.filter((line) => JSON.parse(line).audit === 'grant_revoked').length
test('a refresh that waited until its token was rotated forty times and lapsed gets the current token', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const command = held.holdRead('refresh-family')
  const waiting = refresh(server.issuer, client, tokens['refresh_token'])
  await command.sent
  const current = await rotate(client, tokens['refresh_token'], 40)
  clock.advance(AFTER_WINDOW_SECONDS)
  await command.release()
  const { status, body } = await waiting
  assert.deepEqual([status, body['refresh_token']], [200, current])
  await rotate(client, current)
  assert.equal(revocations(), 0)
})

test('a client that is forty tokens behind within the window gets the current token', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const current = await rotate(client, tokens['refresh_token'], 40)
  assert.equal(await rotate(client, tokens['refresh_token']), current)
})

test('a refresh whose client has hung up does not rotate the token', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const left = await leave({ server, held }, client, tokens['refresh_token'])
  await left.release()
  clock.advance(AFTER_WINDOW_SECONDS)
  // A token that was rotated and lapsed gets the number after its successor's.
  const [, number] = String(await rotate(client, tokens['refresh_token'])).split('.')
  assert.equal(number, '1')
})

test('a refresh with a reused token ends the grant, but not after its client has hung up', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const current = await rotate(client, tokens['refresh_token'], 2)
  clock.advance(AFTER_WINDOW_SECONDS)
  const left = await leave({ server, held }, client, tokens['refresh_token'])
  await left.release()
  const next = await rotate(client, current)
  assert.equal(revocations(), 0)
  for (const token of [tokens['refresh_token'], next]) {
    const { status, body } = await refresh(server.issuer, client, token)
    assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
  }
  assert.equal(revocations(), 1)
})

for (const { when, isLate } of [
  { when: 'before the retry', isLate: false },
  { when: 'after the retry', isLate: true },
]) {
  test(`a rotation that timed out and happened ${when} costs nobody the grant`, async () => {
    const { client, tokens } = await logIn(server.issuer)
    const command = held.loseSwap('refresh-family')
    const { status } = await refresh(server.issuer, client, tokens['refresh_token'])
    assert.equal(status, 503)
    const before = revocations()
    clock.advance(AFTER_WINDOW_SECONDS)
    if (!isLate) await command.release()
    const current = await rotate(client, tokens['refresh_token'])
    if (isLate) await command.release()
    clock.advance(AFTER_WINDOW_SECONDS)
    await rotate(client, current, 2)
    assert.equal(revocations(), before)
  })
}
