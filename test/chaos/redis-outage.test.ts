// Redis goes away under load, in each way in which it can: everyone is told to come again, in time, and
// when it is back nobody has lost anything.
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
/** From the beginning of an outage until /readyz must say so, and from its end until it is ready. */
const NOTICED_MS = 5000
const MORE_BYTES_AT_MOST = 60 * 1024 * 1024

const outages: Record<string, (redis: DurableRedis) => Promise<void>> = {
  async 'is killed and comes back 20 s later'(redis) {
    await redis.kill()
    await sleep(OUTAGE_MS)
    await redis.start()
  },
  async 'is stopped for 20 s (SIGSTOP)'({ server }) {
    server.pause()
    await sleep(OUTAGE_MS)
    server.resume()
  },
  async 'answers nobody for 20 s (CLIENT PAUSE)'({ url }) {
    const client = await createClient({ url }).connect()
    await client.sendCommand(['CLIENT', 'PAUSE', String(OUTAGE_MS), 'ALL'])
    client.destroy()
    await sleep(OUTAGE_MS)
  },
}

/** The fleet under load and watched, while `happen` does what it does to the store. */
async function goThrough(t: TestContext, storeUrl: string, happen: () => Promise<void>) {
  const { loadBalancer, openLoadBalancer } = await startFleetLoadBalancer()
  // With room to spare V8 collects late, and RSS would tell of garbage.
  const NODE_OPTIONS = '--max-old-space-size=96 --max-semi-space-size=4'
  const env = { LOG_LEVEL: 'fatal', NODE_OPTIONS }
  const fleet = await startFleet({ storeUrl, replicas: 2, openLoadBalancer, env })
  t.after(fleet.close)
  const watch = createOutageWatch()
  const load = await startOutageLoad(fleet.issuer)
  t.after(load.stop)
  const before = load.logins
  loadBalancer.onAnswer = watch.see
  loadBalancer.onBroken = watch.miss
  const stop = new AbortController()
  const probing = Promise.all(fleet.replicas.map((replica) => probe(replica, stop.signal)))
  probing.catch(() => {})
  await sleep(2000)

  const beganAtMs = performance.now()
  await happen()
  const endedAtMs = performance.now()

  await sleep(NOTICED_MS + 1000)
  stop.abort()
  const probes = await probing
  await load.finish()
  t.diagnostic(
    `answers: ${JSON.stringify(watch.statuses)}, slowest ${watch.slowestMs.toFixed()} ms`,
  )
  t.diagnostic(`logins that came through: ${load.logins - before}`)
  assert.deepEqual(watch.faults, [])
  assert.deepEqual(load.broken, [])
  assert.ok((watch.statuses[503] ?? 0) > 0, 'the outage was felt')

  for (const seen of probes) {
    assert.deepEqual(new Set(seen.map(({ livez }) => livez)), new Set([200]))
    const late = seen.filter(({ atMs }) => atMs > endedAtMs + NOTICED_MS)
    assert.deepEqual(new Set(late.map(({ readyz }) => readyz)), new Set([200]))
    const bytes = seen.map(({ residentBytes }) => residentBytes)
    const grownBytes = Math.max(...bytes) - (bytes[0] ?? 0)
    t.diagnostic(`RSS ${toMiB(bytes[0])}, at most ${toMiB(Math.max(...bytes))} MiB`)
    assert.ok(grownBytes < MORE_BYTES_AT_MOST, 'waiting does not pile up')
  }
  return { probes: probes.flat(), beganAtMs, endedAtMs }
}

function toMiB(bytes = 0): string {
  return (bytes / 1024 / 1024).toFixed()
}

for (const [name, outage] of Object.entries(outages)) {
  test(`Redis ${name}: only 503s, in time, and nobody is signed out`, async (t) => {
    const redis = await startDurableRedis()
    t.after(redis.close)
    const { probes, beganAtMs, endedAtMs } = await goThrough(t, redis.url, () => outage(redis))
    const during = probes.filter(
      ({ atMs }) => atMs > beganAtMs + NOTICED_MS && atMs < endedAtMs - NOTICED_MS,
    )
    assert.ok(during.length > 2)
    for (const { readyz, missing } of during) {
      assert.deepEqual([readyz, missing], [503, ['store']])
    }
  })
}

test('a fail-over in Sentinel: only 503s, in time, and nobody is signed out', async (t) => {
  const setup = await startSentinelSetup()
  t.after(setup.stop)
  await goThrough(t, setup.url, async () => {
    await setup.master.stop()
    await sleep(NOTICED_MS)
  })
})
