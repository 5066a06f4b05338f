// Redis becomes unavailable under load, in several ways. Every request that fails gets a timely 503 with
// Retry-After, and no client or browser has lost anything when Redis is back.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { startFleet, startFleetLoadBalancer } from '../support/fleet.ts'
import { startSentinelSetup } from '../support/redis-sentinel.ts'
import { type DurableRedis, startDurableRedis } from './durable-redis.ts'
import { startOutageLoad } from './outage-load.ts'
import { probe } from './outage-probes.ts'
import { createOutageWatch } from './outage-watch.ts'

const OUTAGE_MS = 20_000
/** How soon /readyz must report the start of an outage, and how soon its end. */
const DETECTION_MS = 5000
const MAX_GROWTH_BYTES = 60 * 1024 * 1024

const outages: Record<string, (redis: DurableRedis) => Promise<void>> = {
  async 'is killed and restarts 20 s later'(redis) {
    await redis.kill()
    await sleep(OUTAGE_MS)
    await redis.start()
  },
  async 'is suspended for 20 s (SIGSTOP)'({ server }) {
    server.pause()
    await sleep(OUTAGE_MS)
    server.resume()
  },
  async 'pauses all clients for 20 s (CLIENT PAUSE)'({ url }) {
    const client = await createClient({ url }).connect()
    await client.sendCommand(['CLIENT', 'PAUSE', String(OUTAGE_MS), 'ALL'])
    client.destroy()
    await sleep(OUTAGE_MS)
  },
}

/** Causes an outage of the store of a fleet under load, and checks every response. */
async function runOutage(t: TestContext, storeUrl: string, cause: () => Promise<void>) {
  const { loadBalancer, openLoadBalancer } = await startFleetLoadBalancer()
  // With a large heap V8 collects late, and RSS would measure garbage.
  const NODE_OPTIONS = '--max-old-space-size=96 --max-semi-space-size=4'
  const env = { LOG_LEVEL: 'fatal', NODE_OPTIONS }
  const fleet = await startFleet({ storeUrl, replicas: 2, openLoadBalancer, env })
  t.after(fleet.close)
  const watch = createOutageWatch()
  const load = await startOutageLoad(fleet.issuer)
  t.after(load.stop)
  const before = load.signIns
  loadBalancer.onAnswer = watch.recordAnswer
  loadBalancer.onBroken = watch.recordBroken
  const stop = new AbortController()
  const probing = Promise.all(fleet.replicas.map((replica) => probe(replica, stop.signal)))
  probing.catch(() => {})
  await sleep(2000)

  const beganAtMs = performance.now()
  await cause()
  const endedAtMs = performance.now()

  await sleep(DETECTION_MS + 1000)
  stop.abort()
  const probes = await probing
  await load.finish()
  t.diagnostic(
    `answers: ${JSON.stringify(watch.statuses)}, slowest ${watch.slowestMs.toFixed()} ms`,
  )
  t.diagnostic(`completed sign-ins: ${load.signIns - before}`)
  assert.deepEqual(watch.faults, [])
  assert.deepEqual(load.broken, [])
  assert.ok((watch.statuses[503] ?? 0) > 0, 'the outage caused 503s')

  for (const samples of probes) {
    assert.deepEqual(new Set(samples.map(({ livez }) => livez)), new Set([200]))
    const late = samples.filter(({ atMs }) => atMs > endedAtMs + DETECTION_MS)
    assert.deepEqual(new Set(late.map(({ readyz }) => readyz)), new Set([200]))
    const bytes = samples.map(({ residentBytes }) => residentBytes)
    const grownBytes = Math.max(...bytes) - (bytes[0] ?? 0)
    t.diagnostic(`RSS ${toMiB(bytes[0])}, at most ${toMiB(Math.max(...bytes))} MiB`)
    assert.ok(grownBytes < MAX_GROWTH_BYTES, 'waiting requests do not pile up in memory')
  }
  return { probes: probes.flat(), beganAtMs, endedAtMs }
}

function toMiB(bytes = 0): string {
  return (bytes / 1024 / 1024).toFixed()
}

for (const [name, outage] of Object.entries(outages)) {
  test(`when Redis ${name}, requests fail only with timely 503s and nobody is signed out`, async (t) => {
    const redis = await startDurableRedis()
    t.after(redis.close)
    const { probes, beganAtMs, endedAtMs } = await runOutage(t, redis.url, () => outage(redis))
    const during = probes.filter(
      ({ atMs }) => atMs > beganAtMs + DETECTION_MS && atMs < endedAtMs - DETECTION_MS,
    )
    assert.ok(during.length > 2)
    for (const { readyz, missing } of during) {
      assert.deepEqual([readyz, missing], [503, ['store']])
    }
  })
}

test('during a Sentinel failover, requests fail only with timely 503s and nobody is signed out', async (t) => {
  const setup = await startSentinelSetup()
  t.after(setup.stop)
  await runOutage(t, setup.url, async () => {
    await setup.master.stop()
    await sleep(DETECTION_MS)
  })
})
