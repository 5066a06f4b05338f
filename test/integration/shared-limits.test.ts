// Limits over a store that processes share, and while it is away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { buildAuthorization, logIn, REDIRECT_URI } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { startRedis } from '../support/redis.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const client = { client_id: 'reporting' }
const clients = [{ ...client, client_name: 'Reporting', redirect_uris: [REDIRECT_URI] }]
const authorization = { perAddress: 4, total: 100, seconds: 20 }
const file = { clients, limits: { ...AMPLE_LIMITS, authorization } }

const open = ({ issuer }: TestServer) => send(buildAuthorization(issuer, client).url)

const RETRY_SECONDS = 3

test('servers on one Redis share a limit, until Retry-After is over', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const limit = { ...authorization, seconds: RETRY_SECONDS }
  const brief = { ...file, limits: { ...file.limits, authorization: limit } }
  const env = { STORE_URL: redis.url, SESSION_SECRET: 's'.repeat(48) }
  const servers = await Promise.all([
    startTestServer({ env, file: brief }),
    startTestServer({ env, file: brief }),
  ])
  t.after(() => Promise.all(servers.map((server) => server.close())))
  const [first, second] = servers
  for (const server of [first, second, first, second])
    assert.equal((await open(server)).status, 303)
  for (const server of servers) assert.equal((await open(server)).status, 429)
  const seconds = Number((await open(first)).headers.get('retry-after'))
  assert.ok(seconds >= 1 && seconds <= RETRY_SECONDS, String(seconds))
  await sleep(seconds * 1000)
  for (const server of servers) assert.equal((await open(server)).status, 303)
})

/** A memory store with counters that a test makes fail. */
async function openCountingStore() {
  const memory = await openStore({ url: 'memory:' })
  const counters = new Map<string, number>()
  const state = { commands: 0, fail: async () => {} }
  const store: Store = {
    ...memory,
    createLimiter:
      ({ prefix, points, seconds }) =>
      async (name) => {
        state.commands += 1
        await state.fail()
        const key = `${prefix}:${name}`
        const count = (counters.get(key) ?? 0) + 1
        counters.set(key, count)
        return count > points ? seconds * 1000 : undefined
      },
  }
  return { store, state }
}

test('a limiter whose store is away allows, and says so once', async (t) => {
  const { store, state } = await openCountingStore()
  const server = await startTestServer({ file, overrides: { store } })
  t.after(() => server.close())
  const lines = (message: string) =>
    server.logLines.filter((line) => line.includes(message)).map((line) => JSON.parse(line))
  state.fail = async () => {
    throw new Error('gone')
  }
  for (let n = 0; n < 6; n += 1) assert.equal((await open(server)).status, 303)
  assert.equal(lines('rate limits are not enforced').length, 1)
  assert.deepEqual(lines('rate limits are enforced again'), [])

  state.fail = async () => {}
  for (let n = 0; n < 4; n += 1) assert.equal((await open(server)).status, 303)
  assert.equal((await open(server)).status, 429)
  assert.deepEqual(
    lines('rate limits are enforced again').map(({ uncounted }) => uncounted),
    [6],
  )
})

test('a store that does not answer delays a request by half a second', async (t) => {
  const { store, state } = await openCountingStore()
  const server = await startTestServer({ file, overrides: { store } })
  t.after(() => server.close())
  state.fail = () => new Promise(() => {})
  const startedAt = performance.now()
  assert.equal((await open(server)).status, 303)
  const elapsedMs = performance.now() - startedAt
  assert.ok(elapsedMs > 400 && elapsedMs < 2500, `${elapsedMs} ms`)
})

test('while a total is spent, refusals cost no command, whatever their address', async (t) => {
  const { store, state } = await openCountingStore()
  const server = await startTestServer({
    env: { TRUSTED_PROXIES: 'loopback' },
    file: { ...file, limits: { ...file.limits, authorization: { ...authorization, total: 1 } } },
    overrides: { store },
  })
  t.after(() => server.close())
  const { url } = buildAuthorization(server.issuer, client)
  const openFrom = (n: number) => send(url, { headers: { 'x-forwarded-for': `192.0.2.${n}` } })
  assert.equal((await openFrom(1)).status, 303)
  assert.equal((await openFrom(2)).status, 429)
  const { commands } = state
  for (let n = 3; n < 10; n += 1) assert.equal((await openFrom(n)).status, 429)
  assert.equal(state.commands, commands)
})

test('with the limits of config/default.json, a journey sends no counter to the store', async (t) => {
  const { store, state } = await openCountingStore()
  // Empty: no limits of the tests.
  const server = await startTestServer({ file: { limits: {} }, overrides: { store } })
  t.after(() => server.close())
  await logIn(server.issuer)
  assert.equal(state.commands, 0)
})
