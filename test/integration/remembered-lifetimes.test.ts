// CONSENT=remember: how long an approval lasts, what ends it early, and what is stored.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { DAY_SECONDS, mockClock } from '../support/clock.ts'
import { refresh } from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import {
  type ApprovedClient,
  approveOnce,
  assertAnswered,
  assertAsked,
  registerEditor,
  startRememberingServer,
} from '../support/remembering.ts'
import type { TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startRememberingServer()
})
after(() => server.close())

async function revoke(approved: ApprovedClient, tokens: Record<string, unknown>): Promise<void> {
  const body = new URLSearchParams({
    token: String(tokens['refresh_token']),
    client_id: approved.client.client_id,
  })
  const answer = await fetch(`${approved.server.issuer}/revoke`, { method: 'POST', body })
  assert.equal(answer.status, 200)
}

test('an approval ends when its grant is revoked', async () => {
  const approved = await approveOnce(server)
  await revoke(approved, approved.tokens)
  await assertAsked(approved)
})

test('an approval depends only on its newest grant, even one made without a page', async () => {
  const approved = await approveOnce(server)
  const later = await assertAnswered(approved)
  await revoke(approved, approved.tokens)
  await assertAnswered(approved)
  await revoke(approved, later)
  const latest = await assertAnswered(approved)
  await revoke(approved, latest)
  await assertAsked(approved)
})

test('refresh token reuse that ends the grant also ends the approval', async () => {
  const own = await startRememberingServer({
    file: { lifetimes: { refreshReuseWindowSeconds: 0 } },
  })
  try {
    const approved = await approveOnce(own)
    const present = (token: unknown) => refresh(own.issuer, approved.client, token)
    const { body } = await present(approved.tokens['refresh_token'])
    await present(body['refresh_token'])
    assert.equal((await present(approved.tokens['refresh_token'])).status, 400)
    await assertAsked(approved)
  } finally {
    await own.close()
  }
})

test('using an approval does not extend it: its lifetime runs from the press of Allow', async () => {
  const store = createRecordingStore({ now: Date.now })
  const clock = mockClock()
  const lifetimes = {
    refreshTokenSeconds: 1000,
    refreshMaxLifetimeSeconds: 1000,
    sessionSeconds: 5000,
  }
  const overrides = { store, now: () => Date.now() }
  const own = await startRememberingServer({ overrides, file: { lifetimes } })
  try {
    const approved = await approveOnce(own)
    assert.deepEqual(store.lifetimes('approval'), [1000])
    clock.advance(600)
    await assertAnswered(approved)
    clock.advance(500)
    await assertAsked(approved)
  } finally {
    clock.restore()
    await own.close()
  }
})

test('a grant made without a page keeps the account as long as its refresh tokens live', async () => {
  const clock = mockClock()
  const days = 10 * DAY_SECONDS
  const lifetimes = { refreshTokenSeconds: days, refreshMaxLifetimeSeconds: days }
  const own = await startRememberingServer({ file: { lifetimes } })
  try {
    const approved = await approveOnce(own)
    clock.advance(9 * DAY_SECONDS)
    const { refresh_token } = await assertAnswered(approved)
    // Later than the sign-in alone would keep the account: the lifetime of a grant plus one day.
    clock.advance(9 * DAY_SECONDS)
    const { status, body } = await refresh(own.issuer, approved.client, refresh_token)
    assert.equal(status, 200, JSON.stringify(body))
    const headers = { authorization: `Bearer ${body['access_token']}` }
    assert.equal((await fetch(`${own.issuer}/userinfo`, { headers })).status, 200)
  } finally {
    clock.restore()
    await own.close()
  }
})

test('loopback approvals that are not remembered do not enlarge the record, whatever their port', async () => {
  const store = createRecordingStore({ now: Date.now })
  const own = await startRememberingServer({ overrides: { store } })
  try {
    const client = await registerEditor(own)
    const agent = createUserAgent()
    for (const port of [40001, 40002, 40003]) {
      const parameters = { redirect_uri: `http://127.0.0.1:${port}/callback` }
      await approveOnce(own, { client, agent, parameters })
    }
    const [first, ...more] = store.writes.filter(({ key }) => key.split(':')[1] === 'approval')
    assert.ok(first && more.length >= 2)
    for (const { key, value } of more) {
      assert.deepEqual([key, value.length], [first.key, first.value.length])
    }
  } finally {
    await own.close()
  }
})

test('an approval is stored under a hashed key with a sealed value', async () => {
  const store = createRecordingStore({ now: Date.now })
  const own = await startRememberingServer({ overrides: { store } })
  try {
    const { client } = await approveOnce(own)
    const keys: string[] = []
    for await (const key of store.scan('mcp-oidc:approval:')) {
      keys.push(key)
      assert.doesNotMatch((await store.get(key)) ?? '', /crm|openid|grant/)
    }
    assert.equal(keys.length, 1)
    for (const key of keys) assert.ok(!key.includes(client.client_id))
  } finally {
    await own.close()
  }
})
