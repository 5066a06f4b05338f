// Whether a server and its store belong together, and whether the store takes writes: what clients, probes and the
// log are told.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { createSeal } from '../../src/crypto/seal.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { buildAuthorization, logIn, refresh, register } from '../support/journey.ts'
import { startRedis } from '../support/redis.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SECRET = 'a'.repeat(48)
const NEWER = 'b'.repeat(48)
const WRONG = 'c'.repeat(48)
/** Longer than the outcome of a check is kept. */
const NEXT_CHECK_MS = 1050

const clearAll = async (store: Store) => {
  for await (const key of store.scan('')) await store.delete(key)
}

function start(store: Store, secrets: string): Promise<TestServer> {
  return startTestServer({ overrides: { store }, env: { SESSION_SECRET: secrets } })
}

/** A store that outlives the servers that close it. */
const openLastingStore = (): Store => ({
  ...createMemoryStore({ now: Date.now }),
  close: async () => {},
})

const readiness = async ({ issuer }: TestServer) => (await send(`${issuer}/readyz`)).status

function logged(
  server: TestServer,
  message: RegExp,
): { reason?: string; [field: string]: unknown }[] {
  return server.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => message.test(msg))
}

test('a replica with a wrong SESSION_SECRET answers 503, says why, and changes nothing for the others', async () => {
  const store = createMemoryStore({ now: Date.now })
  const right = await start(store, SECRET)
  const wrong = await start(store, WRONG)
  try {
    const { client, tokens } = await logIn(right.issuer)
    assert.equal(await readiness(right), 200)
    for (const answer of [
      await send(buildAuthorization(wrong.issuer, client).url),
      await send(`${wrong.issuer}/register`, { body: { redirect_uris: ['https://a.example/cb'] } }),
    ]) {
      assert.equal(answer.status, 503, answer.body)
      assert.ok(answer.headers.get('retry-after'))
    }
    const { status, body } = await refresh(wrong.issuer, client, tokens['refresh_token'])
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    assert.equal(await readiness(wrong), 503)
    assert.equal(await readiness(wrong), 503)
    const [line, ...more] = logged(wrong, /^not ready/)
    assert.match(line?.reason ?? '', /SESSION_SECRET/)
    assert.deepEqual(more, [])
    await sleep(NEXT_CHECK_MS)
    assert.equal(await readiness(right), 200)
    assert.equal((await refresh(right.issuer, client, tokens['refresh_token'])).status, 200)
  } finally {
    await right.close()
    await wrong.close()
  }
})

test('a wrong SESSION_SECRET is found by the records, if a release before the canary wrote them', async () => {
  const store = openLastingStore()
  const right = await start(store, SECRET)
  await register(right.issuer)
  await right.close()
  for await (const key of store.scan('mcp-oidc:canary')) await store.delete(key)
  const wrong = await start(store, WRONG)
  try {
    assert.equal(await readiness(wrong), 503)
    assert.match(logged(wrong, /^not ready/)[0]?.reason ?? '', /SESSION_SECRET opens none/)
    const keys = await Array.fromAsync(store.scan('mcp-oidc:canary'))
    assert.deepEqual(keys, [], 'it would keep the right replicas out')
  } finally {
    await wrong.close()
  }
})

test('start-up warns of records under a secret that was removed, and not once they are gone', async () => {
  const store = openLastingStore()
  const first = await start(store, SECRET)
  await logIn(first.issuer)
  assert.equal(await readiness(first), 200)
  await first.close()
  const both = await start(store, `${NEWER},${SECRET}`)
  assert.equal(await readiness(both), 200)
  assert.deepEqual(logged(both, /removed/), [])
  await both.close()
  const without = await start(store, NEWER)
  assert.equal(await readiness(without), 200)
  await sleep(50)
  const [warning, ...more] = logged(without, /under a secret that was removed/)
  const found = warning?.['found'] as Record<string, number> | undefined
  assert.ok(found?.['Client'] === 1 && found['Grant'] === 1, JSON.stringify(warning))
  assert.ok(Date.parse(String(warning?.['lastUsed'])) > Date.now() - 60_000)
  assert.deepEqual(more, [])
  await without.close()
  for await (const key of store.scan('mcp-oidc:')) {
    if (!key.includes(':canary')) await store.delete(key)
  }
  const later = await start(store, NEWER)
  assert.equal(await readiness(later), 200)
  await sleep(50)
  assert.deepEqual(logged(later, /removed/), [])
  await later.close()
})

test('a secret that is removed too early signs nobody out: clients that were used since are known, grants get 503', async (t) => {
  const store = openLastingStore()
  const first = await start(store, SECRET)
  t.after(() => first.close())
  const { client, tokens } = await logIn(first.issuer)
  // Each test server has an upstream of its own, so they are told that the people are the same.
  const startNext = async (secrets: string) => {
    const env = { SESSION_SECRET: secrets, UPSTREAM_SUBJECTS_OF: first.upstreamIssuer }
    const server = await startTestServer({ overrides: { store }, env })
    t.after(() => server.close())
    return server
  }
  const both = await startNext(`${NEWER},${SECRET}`)
  const second = await refresh(both.issuer, client, tokens['refresh_token'])
  assert.equal(second.status, 200, JSON.stringify(second.body))
  const without = await startNext(NEWER)
  assert.equal((await send(buildAuthorization(without.issuer, client).url)).status, 303)
  // The grant is not sealed again before it ends, which is why start-up warns: see the runbook.
  const third = await refresh(without.issuer, client, second.body['refresh_token'])
  assert.deepEqual([third.status, third.body['error']], [503, 'temporarily_unavailable'])
  const again = await refresh(both.issuer, client, second.body['refresh_token'])
  assert.equal(again.status, 200, JSON.stringify(again.body))
})

test('an emptied store is reported once, and serves', async () => {
  const store = createMemoryStore({ now: Date.now })
  const server = await start(store, SECRET)
  try {
    assert.equal(await readiness(server), 200)
    await clearAll(store)
    await sleep(NEXT_CHECK_MS)
    assert.equal(await readiness(server), 200)
    await sleep(NEXT_CHECK_MS)
    assert.equal(await readiness(server), 200)
    assert.equal(logged(server, /was emptied/).length, 1)
    assert.ok((await logIn(server.issuer)).tokens['access_token'])
  } finally {
    await server.close()
  }
})

test('readiness writes at most once a second, however often it is asked', async () => {
  const memory = createMemoryStore({ now: Date.now })
  const writes: string[] = []
  const store: Store = {
    ...memory,
    set(key, value, ttlSeconds) {
      writes.push(key)
      return memory.set(key, value, ttlSeconds)
    },
  }
  const server = await start(store, SECRET)
  try {
    writes.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, () => readiness(server)))
    assert.deepEqual(new Set(answers), new Set([200]))
    assert.deepEqual(writes, ['mcp-oidc:canary'])
  } finally {
    await server.close()
  }
})

async function startOnRedis(t: TestContext) {
  const redis = await startRedis()
  const admin = await createClient({ url: redis.url }).connect()
  const server = await startTestServer({ env: { STORE_URL: redis.url } })
  t.after(async () => {
    await server.close()
    admin.destroy()
    await redis.stop()
  })
  return { admin, server }
}

const FAULTS: Record<string, { commands: string[][]; reason: RegExp; undo: string[][] }> = {
  'out of memory': {
    commands: [['CONFIG', 'SET', 'maxmemory', '1']],
    reason: /^OOM /,
    undo: [['CONFIG', 'SET', 'maxmemory', '0']],
  },
  'a read-only replica': {
    // Nothing listens there.
    commands: [['REPLICAOF', '127.0.0.1', '1']],
    reason: /^READONLY /,
    undo: [['REPLICAOF', 'NO', 'ONE']],
  },
}

for (const [name, { commands, reason, undo }] of Object.entries(FAULTS)) {
  test(`a server whose Redis is ${name} is not ready, and its log has the cause once`, async (t) => {
    const { admin, server } = await startOnRedis(t)
    const run = async (list: string[][]) => {
      for (const command of list) await admin.sendCommand(command)
    }
    assert.equal(await readiness(server), 200)
    await run(commands)
    await sleep(NEXT_CHECK_MS)
    for (let n = 0; n < 3; n += 1) assert.equal(await readiness(server), 503)
    const begun = logged(server, /^not ready/)
    assert.equal(begun.length, 1)
    assert.match(begun[0]?.reason ?? '', reason)
    await run(undo)
    for (let n = 0; n < 40 && (await readiness(server)) !== 200; n += 1) await sleep(100)
    assert.equal(await readiness(server), 200)
    assert.equal(logged(server, /^ready again/).length, 1)
    assert.equal((await send(`${server.issuer}/register`, { body: jsonBody })).status, 201)
  })
}

const jsonBody = { redirect_uris: ['https://client.example/cb'] }

test('an eviction policy that is set later is noticed at the next readiness write', async (t) => {
  const { admin, server } = await startOnRedis(t)
  assert.equal(await readiness(server), 200)
  assert.deepEqual(logged(server, /the store has trouble/), [])
  await admin.sendCommand(['CONFIG', 'SET', 'maxmemory', '100mb'])
  await admin.sendCommand(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
  await sleep(NEXT_CHECK_MS)
  for (let n = 0; n < 2; n += 1) assert.equal(await readiness(server), 200)
  const [warning, ...more] = logged(server, /the store has trouble/)
  assert.match(JSON.stringify(warning), /allkeys-lru/)
  assert.deepEqual(more, [])
})

test('a damaged canary is 503, and the log names its key', async () => {
  const store = createMemoryStore({ now: Date.now })
  const server = await start(store, SECRET)
  assert.equal(await readiness(server), 200)
  const key = 'mcp-oidc:canary'
  const sealed = (await store.get(key)) ?? ''
  await store.set(key, `${sealed.slice(0, -2)}AA`, 60)
  const next = await start(store, SECRET)
  try {
    assert.equal((await send(`${next.issuer}/register`, { body: jsonBody })).status, 503)
    assert.equal(await readiness(next), 503)
    assert.match(
      JSON.stringify(logged(next, /^not ready/)[0]),
      /canary record is damaged.*mcp-oidc:canary/,
    )
  } finally {
    await server.close()
    await next.close()
  }
})

test('a canary of a newer release keeps an older one out', async () => {
  const store = createMemoryStore({ now: Date.now })
  const server = await start(store, SECRET)
  assert.equal(await readiness(server), 200)
  const seal = createSeal([SECRET])
  const key = 'mcp-oidc:canary'
  await store.set(key, seal.seal(JSON.stringify({ version: 2, secrets: {} }), key), 60)
  const older = await start(store, SECRET)
  try {
    assert.equal(await readiness(older), 503)
    assert.match(logged(older, /^not ready/)[0]?.reason ?? '', /newer release/)
    assert.equal(
      jsonOf(await send(`${older.issuer}/register`, { body: jsonBody }))['error'],
      'temporarily_unavailable',
    )
  } finally {
    await server.close()
    await older.close()
  }
})
