// One of two replicas gets three times the refreshes that it can process. Its clients hang up and retry. Other clients
// also use the second replica, so requests of one client are processed out of order.
// test/integration/refresh-chain-overload.test.ts shows one by one how a session could be lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFleet } from '../support/fleet.ts'
import { logIn, refresh } from '../support/journey.ts'
import { startRedis } from '../support/redis.ts'
import { type Process, runImpatiently, type SharedToken } from './impatient-clients.ts'
import { runWorkers } from './insistence.ts'
import { plantGrants } from './plant-grants.ts'
import { throttle } from './throttled-replica.ts'

/** Instead of 120, so that a run of seconds is long. No client holds a token and waits for that long. */
const WINDOW_SECONDS = 4
const CPU_SHARE = 0.2
const MEASURED_CLIENTS = 16
const MEASURE_MS = 3000
const OVERLOAD = 3
const LOAD_MS = 15_000
const CROWD_PATIENCE_MS = 2000
const FAMILIES = 3
const STRAGGLER_PATIENCE_MS = 1000
const LONGEST_HOLD_MS = 1200
/** The server once forgot a token after this many rotations, even within the window. */
const FORMER_MEMORY = 16

test('refreshes at three times the capacity of a replica time out, and no client is signed out', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const fleet = await startFleet({
    storeUrl: redis.url,
    replicas: 2,
    env: { LOG_LEVEL: 'error' },
    file: {
      lifetimes: { refreshReuseWindowSeconds: WINDOW_SECONDS },
      // It would refuse what has to wait here.
      connections: { maxRequests: 100_000 },
    },
  })
  t.after(fleet.close)
  const [slow, quick] = fleet.replicas
  assert.ok(slow && quick)
  const seed = await logIn(fleet.issuer)
  const plant = (count: number): Promise<SharedToken[]> =>
    plantGrants({ fleet, storeUrl: redis.url, seed, count })
  const ofCrowd = (shared: SharedToken): Process => ({
    shared,
    chooseAttempt: () => ({ url: slow.url, patienceMs: CROWD_PATIENCE_MS }),
  })

  const families = await plant(FAMILIES)
  const measured = await plant(MEASURED_CLIENTS)
  const endThrottling = throttle(slow, CPU_SHARE)
  t.after(endThrottling)
  const calm = await runImpatiently(measured.map(ofCrowd), MEASURE_MS)
  const capacity = calm.refreshed / MEASURE_MS
  // Each client sends a request at least once per CROWD_PATIENCE_MS.
  const crowd = await plant(Math.ceil(OVERLOAD * capacity * CROWD_PATIENCE_MS))

  const steady = families.map((shared) => ({
    shared,
    chooseAttempt: () => ({ url: quick.url, patienceMs: 10_000, holdMs: 5 }),
  }))
  const stragglers = [slow, quick].flatMap(({ url }) =>
    families.map((shared) => ({
      shared,
      chooseAttempt: () => ({
        url,
        patienceMs: STRAGGLER_PATIENCE_MS,
        holdMs: Math.random() * LONGEST_HOLD_MS,
      }),
    })),
  )
  const [crowded, late, rotated] = await Promise.all([
    runImpatiently(crowd.map(ofCrowd), LOAD_MS),
    runImpatiently(stragglers, LOAD_MS),
    runImpatiently(steady, LOAD_MS),
  ])
  await endThrottling()

  const offered = (crowded.refreshed + crowded.timedOut + crowded.unavailable) / LOAD_MS
  t.diagnostic(
    `capacity: ${(capacity * 1000).toFixed()} refreshes/s, load: ${(offered / capacity).toFixed(1)} times that`,
  )
  t.diagnostic(JSON.stringify({ crowd: crowded, stragglers: late, steady: rotated }))
  for (const { refusals } of [calm, crowded, late, rotated]) assert.deepEqual(refusals, [])
  await runWorkers(8, [...crowd, ...measured, ...families], async ({ client, token }) => {
    const { status, body } = await refresh(fleet.issuer, client, token)
    assert.equal(status, 200, JSON.stringify(body))
  })

  // A pause of the machine can cost one.
  assert.ok(calm.timedOut < MEASURED_CLIENTS, 'control: the replica was not overloaded before')
  assert.ok(offered > 2 * capacity && crowded.timedOut > crowd.length, 'control: it was overloaded')
  assert.ok(late.timedOut > 0 && late.refreshed > 0, 'control: some were late')
  const rotations = (rotated.refreshed / FAMILIES) * (LONGEST_HOLD_MS / LOAD_MS)
  t.diagnostic(`rotations while a process holds a token: ${rotations.toFixed()}`)
  assert.ok(rotations > FORMER_MEMORY, 'control: other processes rotated the tokens')
})
