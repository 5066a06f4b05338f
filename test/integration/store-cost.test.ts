// The most that the server may ask of its Redis. `npm run measure:store` prints what it does ask.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Cost, measureStoreCost, type StoreCost } from '../../scripts/measure/store-cost.ts'

let cost: StoreCost
before(async () => {
  cost = await measureStoreCost({ rotations: 100 })
})

function assertAtMost(actual: Cost, most: Cost): void {
  const told = JSON.stringify(actual)
  assert.ok(actual.commands <= most.commands && actual.roundTrips <= most.roundTrips, told)
}

test('a refresh sends at most 5 commands in 5 round trips, 4 when the client is cached', () => {
  assertAtMost(cost.refresh, { commands: 5, roundTrips: 5 })
  assertAtMost(cost.refreshOfCachedClient, { commands: 4, roundTrips: 4 })
})

test('a journey sends at most 28 commands in 20 round trips', () => {
  assertAtMost(cost.journey, { commands: 28, roundTrips: 20 })
})

test('a grant takes at most 2,500 bytes beside its account and session', () => {
  assert.ok(cost.bytes.grant <= 2500, `${cost.bytes.grant} bytes`)
})

test('a rotation leaves nothing behind, and the next costs the same', () => {
  assert.equal(cost.grownRecords, 0)
  assert.ok(cost.grownBytes < cost.rotations, `${cost.grownBytes} bytes`)
  assert.deepEqual(cost.lateRefresh, cost.refreshOfCachedClient)
})
