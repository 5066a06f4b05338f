// Storage grows only with new clients, accounts and grants: rotations leave nothing behind, and ten
// thousand clients take ten thousand times the space of one.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { startFleet } from '../support/fleet.ts'
import { logIn, refresh } from '../support/journey.ts'
import { LIVE_MEMORY_ENV, measureLiveMiB } from '../support/live-memory.ts'
import { startRedis } from '../support/redis.ts'
import { startTestServer } from '../support/server.ts'
import { measureRedis, measureSqlite, type StoreSize } from '../support/store-size.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { runWorkers } from './insistence.ts'
import { plantGrants } from './plant-grants.ts'

const ROTATIONS = 1000
const EIGHTH_SECONDS = 15
const MANY = 10_000
const MAX_GROWTH_MIB = 9
const MIB = 1024 * 1024

/** Leaves out codes, which expire within a minute. */
function withoutCodes({ code: _code, ...lasting }: StoreSize): StoreSize {
  return lasting
}

/**
 * Signs in; returns a function that refreshes `times` times, `gapSeconds` apart, and returns each duration in ms. An
 * eighth of the reuse window apart, each fills an entry of the record.
 */
async function createRotor(issuer: string, clock: TestClock) {
  const { client, tokens } = await logIn(issuer)
  let token = tokens['refresh_token']
  return async (times: number, gapSeconds = 0): Promise<number[]> => {
    const tookMs: number[] = []
    for (let n = 0; n < times; n += 1) {
      clock.advance(gapSeconds)
      const startedAtMs = performance.now()
      const { status, body } = await refresh(issuer, client, token)
      assert.equal(status, 200)
      token = body['refresh_token']
      tookMs.push(performance.now() - startedAtMs)
    }
    return tookMs
  }
}

function medianOf(numbers: readonly number[]): string {
  return (numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0).toFixed(1)
}

/** Allows 100 bytes for each kind, since the numbers in its record gain digits. */
function assertSameSize(before: StoreSize, after: StoreSize): void {
  assert.deepEqual(Object.keys(after).toSorted(), Object.keys(before).toSorted())
  for (const [kind, { records, bytes }] of Object.entries(before)) {
    assert.equal(after[kind]?.records, records, kind)
    const grown = (after[kind]?.bytes ?? 0) - bytes
    assert.ok(grown <= 100, `${kind} has grown by ${grown} bytes`)
  }
}

test('1,000 rotations leave Redis unchanged, and the 2,001st sends the same commands as the 21st', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const proxy = await startTcpProxy(redis)
  t.after(proxy.close)
  const clock = mockClock()
  t.after(clock.restore)
  const server = await startTestServer({ env: { STORE_URL: proxy.url, LOG_LEVEL: 'warn' } })
  t.after(server.close)
  const rotate = await createRotor(server.issuer, clock)
  const namesOf = () => proxy.commands.map(([name]) => name)
  // Fills the list of presented tokens in the record, and makes Redis cache the script.
  await rotate(20, EIGHTH_SECONDS)

  proxy.reset()
  const early = await rotate(1)
  const first = { names: namesOf(), roundTrips: proxy.roundTrips }
  const before = withoutCodes(await measureRedis(redis.url))
  await rotate(ROTATIONS)
  assertSameSize(before, withoutCodes(await measureRedis(redis.url)))

  const late = (await rotate(1979 - ROTATIONS)).slice(-100)
  proxy.reset()
  await rotate(1)
  assert.deepEqual({ names: namesOf(), roundTrips: proxy.roundTrips }, first)
  t.diagnostic(
    `a rotation: ${first.names.join(' ')}; ${medianOf(early)} ms, late ${medianOf(late)} ms`,
  )
  t.diagnostic(`stored: ${JSON.stringify(before)}`)
})

test('1,000 rotations leave SQLite unchanged', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'rotations-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'store.db')
  const env = { STORE_URL: `sqlite:${path}`, LOG_LEVEL: 'warn' }
  const clock = mockClock()
  t.after(clock.restore)
  const server = await startTestServer({ env })
  t.after(server.close)
  const rotate = await createRotor(server.issuer, clock)
  await rotate(20, EIGHTH_SECONDS)
  const before = withoutCodes(await measureSqlite(path))
  await rotate(ROTATIONS)
  assertSameSize(before, withoutCodes(await measureSqlite(path)))
  t.diagnostic(`stored: ${JSON.stringify(before)}`)
})

test('10,000 clients, accounts and grants take memory in Redis only', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const env = { LOG_LEVEL: 'warn', ...LIVE_MEMORY_ENV }
  const fleet = await startFleet({ storeUrl: redis.url, replicas: 1, env })
  t.after(fleet.close)
  const [replica] = fleet.replicas
  assert.ok(replica)

  /** The test asserts live memory, and only reports resident memory (RSS). */
  const measureMiB = async () => ({
    live: await measureLiveMiB(replica),
    resident: (await replica.residentBytes()) / MIB,
  })

  const seed = await logIn(fleet.issuer)
  const start = await measureMiB()
  const planted = await plantGrants({ fleet, storeUrl: redis.url, seed, count: MANY })
  const registered = await measureMiB()
  await runWorkers(8, planted, async ({ client, token }) => {
    assert.equal((await refresh(fleet.issuer, client, token)).status, 200)
  })
  const end = await measureMiB()

  const size = await measureRedis(redis.url)
  for (const kind of ['client', 'account', 'grant', 'refresh-family']) {
    const { records = 0, bytes = 0 } = size[kind] ?? {}
    assert.equal(records, MANY + 1, kind)
    t.diagnostic(`${kind}: ${records} records, ${Math.round(bytes / records)} bytes each`)
  }
  const allBytes = Object.values(size).reduce((sum, { bytes }) => sum + bytes, 0)
  t.diagnostic(
    `in Redis: ${(allBytes / MIB).toFixed(1)} MiB, ${Math.round(allBytes / MANY)} bytes each`,
  )
  for (const kind of ['live', 'resident'] as const) {
    const values = [start, registered, end].map((mib) => mib[kind].toFixed(1)).join(', ')
    t.diagnostic(`${kind} MiB: ${values}, after ${MANY} registrations and as many refreshes`)
  }
  // The limit has room for the cache of a thousand clients; ten thousand would take ten times as much.
  assert.ok(end.live < start.live + MAX_GROWTH_MIB, 'the process keeps no clients beyond its cache')
})
