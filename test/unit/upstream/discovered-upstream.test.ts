import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDiscoveredUpstream } from '../../../src/upstream/discovered-upstream.ts'
import { DISCOVERY_PATH, startFaultyUpstream } from '../../support/faulty-upstream.ts'
import { upstreamConfig } from '../../support/upstream-config.ts'

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS

test('a renewal that fails is reported, and the cached document stays in use', async (t) => {
  const provider = await startFaultyUpstream()
  t.after(() => provider.close())
  let nowMs = 0
  const failures: unknown[] = []
  const upstream = createDiscoveredUpstream({
    upstream: upstreamConfig(provider.issuer),
    now: () => nowMs,
    onRenewalFailure: (error) => failures.push(error),
  })
  const cached = await upstream.get()
  assert.deepEqual(failures, [])

  provider.fault = { discovery: { status: 503, body: '' } }
  nowMs = 2 * HOUR_MS
  assert.equal(await upstream.get(), cached)
  assert.equal(failures.length, 1)
})

test('an expired document is fetched again, but at most once a minute', async (t) => {
  const provider = await startFaultyUpstream()
  t.after(() => provider.close())
  let nowMs = HOUR_MS
  const upstream = createDiscoveredUpstream({
    upstream: upstreamConfig(provider.issuer),
    now: () => nowMs,
  })
  const counts: number[] = []
  for (const aheadMs of [0, 0, MINUTE_MS - 1, 1, MINUTE_MS - 1, 1]) {
    nowMs += aheadMs
    upstream.expire()
    await upstream.get()
    counts.push(provider.countRequests(DISCOVERY_PATH))
  }
  assert.deepEqual(counts, [1, 1, 1, 2, 2, 3])
})
