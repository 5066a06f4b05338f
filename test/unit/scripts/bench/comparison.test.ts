import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratioOf, type Side } from '../../../../scripts/bench/comparison.ts'
import { medianOf } from '../../../../scripts/bench/statistics.ts'

function side(...cpuMs: number[]): Side {
  const measurements = cpuMs.map((ms) => ({
    requests: 1,
    perSecond: 1,
    p50Ms: 1,
    p99Ms: 1,
    cpuMs: ms,
  }))
  return { kind: 'redis', measurements, residentMiB: 1, redis: { commands: 0, roundTrips: 0 } }
}

const spec = { operation: 'refresh', ours: 'redis', reference: 'bare-redis', alg: 'RS256' } as const

test('a ratio is the median of neighbouring blocks, with its range', () => {
  const comparison = { spec, ours: side(1, 2, 3, 4), reference: side(2, 2, 2, 2) }
  assert.deepEqual(ratioOf(comparison), { median: 1.25, lowest: 0.5, highest: 2 })
})

test('without a reference there is no ratio', () => {
  assert.equal(ratioOf({ spec, ours: side(1), reference: undefined }), undefined)
})

test('the median of an odd count is the middle one', () => {
  assert.equal(medianOf([9, 1, 5]), 5)
})
