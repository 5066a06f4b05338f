// The most that the server may ask of its Redis. `npm run measure:store` prints what it does ask.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Cost, measureStoreCost, type StoreCost } from '../../scripts/measure/store-cost.ts'
import { readTable } from '../support/storage-document.ts'

let cost: StoreCost
let remembering: StoreCost
before(async () => {
  cost = await measureStoreCost({ rotations: 100, consent: 'always' })
  remembering = await measureStoreCost({ rotations: 0, consent: 'remember' })
})

function assertAtMost(actual: Cost, most: Cost): void {
  const told = JSON.stringify(actual)
  assert.ok(actual.commands <= most.commands && actual.roundTrips <= most.roundTrips, told)
}

test('a refresh sends at most 5 commands in 5 round trips, 4 when the client is cached', () => {
  assertAtMost(cost.refresh, { commands: 5, roundTrips: 5 })
  assertAtMost(cost.refreshOfCachedClient, { commands: 4, roundTrips: 4 })
})

// One of the round trips removes the interaction, after the browser has its response.
test('a journey sends at most 24 commands in 21 round trips', () => {
  assertAtMost(cost.journey, { commands: 24, roundTrips: 21 })
  assertAtMost(remembering.journey, { commands: 24, roundTrips: 21 })
})

test('a grant and its approval take at most 2,500 bytes beside account and session', () => {
  assert.ok(cost.left.grant.bytes <= 2500, `${cost.left.grant.bytes} bytes`)
  const { bytes } = remembering.left.grant
  assert.ok(bytes <= 2500, `${bytes} bytes, remembered`)
})

test('a rotation leaves nothing behind, and the next costs the same', () => {
  assert.equal(cost.grownRecords, 0)
  assert.ok(cost.grownBytes < cost.rotations, `${cost.grownBytes} bytes`)
  assert.deepEqual(cost.lateRefresh, cost.refreshOfCachedClient)
})

/** The rows of a table of docs/storage.md, as numbers. */
function readNumbers(head: string): Record<string, number[]> {
  const toNumber = (cell: string) => Number(cell.replace(',', ''))
  const rows = [...readTable(head)].map(([name, cells]) => [name, cells.map(toNumber)] as const)
  return Object.fromEntries(rows)
}

test('docs/storage.md gives the commands and round trips that were counted', () => {
  const counted = {
    'a refresh': cost.refresh,
    'a refresh by a client that was seen in the last minute': cost.refreshOfCachedClient,
    'a whole journey: register, authorize, login, consent, code, token': cost.journey,
  }
  const rows = readNumbers('| what | Redis commands |')
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(counted).toSorted())
  for (const [name, { commands, roundTrips }] of Object.entries(counted)) {
    assert.deepEqual(rows[name], [commands, roundTrips], name)
  }
})

test('docs/storage.md gives the records that were counted, and their bytes, rounded up', () => {
  const { left, grownRecords, grownBytes, rotations } = cost
  const weighed = {
    'a client': left.client,
    'an account': left.account,
    'a browser session': left.session,
    'a grant with its refresh tokens and its approval, at its biggest': left.grant,
    'the same with CONSENT=remember': remembering.left.grant,
    'a rotation': {
      records: grownRecords / rotations,
      // A number that gets longer is no growth.
      bytes: Math.floor(grownBytes / rotations),
    },
  }
  const rows = readNumbers('| what | records |')
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(weighed).toSorted())
  for (const [name, { records, bytes }] of Object.entries(weighed)) {
    const [toldRecords, toldBytes = Number.NaN] = rows[name] ?? []
    assert.equal(toldRecords, records, name)
    // Names and addresses vary.
    const isTold = bytes <= toldBytes && toldBytes <= bytes * 1.25
    assert.ok(isTold, `${name}: ${bytes}, told ${toldBytes}`)
  }
})
