import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import {
  type Client,
  logIn,
  obtainTokens,
  postToken,
  refresh,
  register,
} from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import { basic, form, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const DAY_SECONDS = 24 * 60 * 60
const DAY_MS = DAY_SECONDS * 1000

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

function assertInvalidGrant({ status, body }: { status: number; body: Record<string, unknown> }) {
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
}

async function revoke(client: Client, token: unknown): Promise<void> {
  const { client_id } = client
  const body = form({ client_id, token: String(token) })
  assert.equal((await send(`${server.issuer}/revoke`, { body })).status, 200)
}

test('A25: a refresh token is issued with and without offline_access', async () => {
  for (const scope of [undefined, 'mcp:tools', 'openid', 'mcp:tools offline_access']) {
    const { client, tokens } = await logIn(server.issuer, { parameters: { scope } })
    assert.match(String(tokens['refresh_token']), /^[\w.-]{40,}$/, scope)
    const { status } = await refresh(server.issuer, client, tokens['refresh_token'])
    assert.equal(status, 200, scope)
  }
})

test('A24: each refresh of a public client returns a new refresh token, and the newest one works', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const seen = [tokens['refresh_token']]
  for (let turn = 0; turn < 4; turn++) {
    const { status, body } = await refresh(server.issuer, client, seen.at(-1))
    assert.equal(status, 200)
    seen.push(body['refresh_token'])
  }
  assert.equal(new Set(seen).size, 5)
})

test('a confidential client keeps its refresh token while it is fresh', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const { client, tokens } = await logIn(server.issuer, { metadata })
  const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(status, 200)
  assert.equal(body['refresh_token'], tokens['refresh_token'])
})

test('A24: a refresh token whose successor was used is invalid_grant and ends its grant', async () => {
  const own = await startTestServer({ file: { lifetimes: { refreshReuseWindowSeconds: 0 } } })
  try {
    const { client, tokens } = await logIn(own.issuer)
    const { body: second } = await refresh(own.issuer, client, tokens['refresh_token'])
    const { body: third } = await refresh(own.issuer, client, second['refresh_token'])
    assertInvalidGrant(await refresh(own.issuer, client, tokens['refresh_token']))
    assertInvalidGrant(await refresh(own.issuer, client, third['refresh_token']))
  } finally {
    await own.close()
  }
})

test("another client's refresh token is invalid_grant and stays valid for its owner", async () => {
  const { client, tokens } = await logIn(server.issuer)
  const stranger = await register(server.issuer)
  assertInvalidGrant(await refresh(server.issuer, stranger, tokens['refresh_token']))
  const { status } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(status, 200)
})

test('A1: a confidential client can refresh only with its secret', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_basic' }
  const client = await register(server.issuer, metadata)
  const secret = client.client_secret ?? ''
  assert.ok(secret.length >= 32)
  const headers = { authorization: basic(client.client_id, secret) }
  const { tokens } = await logIn(server.issuer, { metadata: { client_name: 'other' } })
  const grant = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) }
  assertInvalidGrant(await postToken(server.issuer, grant, headers))
  for (const authorization of [basic(client.client_id, 'wrong'), basic('unknown', secret)]) {
    const { status, body } = await postToken(server.issuer, grant, { authorization })
    assert.deepEqual([status, body['error']], [401, 'invalid_client'])
  }
  const { status, body } = await postToken(server.issuer, { ...grant, client_id: client.client_id })
  assert.deepEqual([status, body['error']], [401, 'invalid_client'])
})

test('every authorization has its own grant: revoking one leaves the other', async () => {
  const client = await register(server.issuer)
  const [first, second] = [
    await obtainTokens(server.issuer, client),
    await obtainTokens(server.issuer, client),
  ]
  await revoke(client, first.body['refresh_token'])
  assertInvalidGrant(await refresh(server.issuer, client, first.body['refresh_token']))
  const { status } = await refresh(server.issuer, client, second.body['refresh_token'])
  assert.equal(status, 200)
})

test('a refresh token and its grant are stored with their lifetimes, and every record expires', async () => {
  const store = createRecordingStore({ now: Date.now })
  const own = await startTestServer({ overrides: { store } })
  try {
    const { client, tokens } = await logIn(own.issuer)
    assert.deepEqual(store.lifetimes('refresh-family'), [30 * DAY_SECONDS])
    assert.deepEqual(store.lifetimes('grant'), [180 * DAY_SECONDS])
    assert.deepEqual(store.lifetimes('client'), [DAY_SECONDS, 365 * DAY_SECONDS])
    await refresh(own.issuer, client, tokens['refresh_token'])
    assert.equal(store.lifetimes('refresh-family').at(-1), 30 * DAY_SECONDS)
    assert.deepEqual(store.lifetimes('grant'), [180 * DAY_SECONDS])
    for (const { key, ttlSeconds } of store.writes) {
      const longestDays = key.startsWith('mcp-oidc:home-upstream:') ? 3650 : 365
      assert.ok(ttlSeconds > 0 && ttlSeconds <= longestDays * DAY_SECONDS, key)
    }
    const token = String(tokens['refresh_token'])
    assert.ok(!store.writes.some(({ key }) => key.includes(token)), 'no key contains the token')
  } finally {
    await own.close()
  }
})

test('each use extends a refresh token by thirty days, up to 180 days', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const now = () => Date.now()
  const store = createRecordingStore({ now })
  const own = await startTestServer({ overrides: { now, store } })
  try {
    const { client, tokens } = await logIn(own.issuer)
    let newest = tokens['refresh_token']
    for (let day = 29; day < 180; day += 29) {
      mock.timers.tick(29 * DAY_MS)
      const { status, body } = await refresh(own.issuer, client, newest)
      assert.equal(status, 200, `day ${day}: ${JSON.stringify(body)}`)
      newest = body['refresh_token']
    }
    assert.equal(
      store.lifetimes('refresh-family').at(-1),
      6 * DAY_SECONDS,
      'the remaining lifetime on day 174',
    )
    mock.timers.tick(6 * DAY_MS)
    assertInvalidGrant(await refresh(own.issuer, client, newest))
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('a refresh token that was not used for thirty days is invalid_grant', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const { client, tokens } = await logIn(own.issuer)
    mock.timers.tick(30 * DAY_MS + 1000)
    assertInvalidGrant(await refresh(own.issuer, client, tokens['refresh_token']))
  } finally {
    mock.timers.reset()
    await own.close()
  }
})
