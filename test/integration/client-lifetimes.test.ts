// How long a registration lives: a day until a person approves it, then a year from its last use.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY_SECONDS, mockClock, type TestClock } from '../support/clock.ts'
import {
  authorize,
  buildAuthorization,
  type Client,
  logIn,
  postToken,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { createRecordingStore, type RecordingStore } from '../support/recording-store.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const UNUSED_SECONDS = DAY_SECONDS
const USED_SECONDS = 365 * DAY_SECONDS

let clock: TestClock
let store: RecordingStore
let server: TestServer
before(async () => {
  clock = mockClock()
  store = createRecordingStore({ now: Date.now })
  server = await startTestServer({
    overrides: { store },
    // Longer than a process caches a client.
    file: { lifetimes: { authorizationCodeSeconds: 600 } },
  })
})
after(async () => {
  await server.close()
  clock.restore()
})

/** The token endpoint's error for an unknown code: `invalid_grant` while the client exists. */
async function redeemUnknownCode(client: Client): Promise<unknown> {
  const form = { grant_type: 'authorization_code', client_id: client.client_id, code: 'none' }
  return (await postToken(server.issuer, form)).body['error']
}

test('a client that nobody has approved expires after a day', async () => {
  const client = await register(server.issuer)
  clock.advance(UNUSED_SECONDS - 60)
  assert.equal(await redeemUnknownCode(client), 'invalid_grant')
  clock.advance(121)
  assert.equal(await redeemUnknownCode(client), 'invalid_client')
})

test('a client that registers again, but that nobody has approved, expires after a day too', async () => {
  const before = store.lifetimes('client').length
  const metadata = { client_name: 'Again' }
  for (let n = 0; n < 3; n += 1) await register(server.issuer, metadata)
  const written = store.lifetimes('client').slice(before)
  assert.ok(written.length > 0 && written.every((ttl) => ttl === UNUSED_SECONDS), String(written))
})

test('a client that is approved in its last minute can redeem its code and lives for a year', async () => {
  const client = await register(server.issuer)
  clock.advance(UNUSED_SECONDS - 60)
  const authorization = buildAuthorization(server.issuer, client)
  const answer = await authorize(authorization)
  clock.advance(300)
  const { codeVerifier } = authorization
  const { status, body } = await redeem(server.issuer, client, { answer, codeVerifier })
  assert.equal(status, 200, JSON.stringify(body))
  clock.advance(USED_SECONDS - 600)
  assert.equal(await redeemUnknownCode(client), 'invalid_grant')
  clock.advance(700)
  assert.equal(await redeemUnknownCode(client), 'invalid_client')
})

test('approval, code redemption and refreshes write a client at most once a day', async () => {
  const before = store.lifetimes('client').length
  const { client, tokens } = await logIn(server.issuer, { metadata: { client_name: 'Daily' } })
  const first = await refresh(server.issuer, client, tokens['refresh_token'])
  const written = () => store.lifetimes('client').slice(before)
  assert.deepEqual(written(), [UNUSED_SECONDS, USED_SECONDS])
  clock.advance(DAY_SECONDS)
  const second = await refresh(server.issuer, client, first.body['refresh_token'])
  await refresh(server.issuer, client, second.body['refresh_token'])
  assert.deepEqual(written(), [UNUSED_SECONDS, USED_SECONDS, USED_SECONDS])
})
