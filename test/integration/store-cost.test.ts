// The most that the server may ask of its Redis. `npm run measure:store` prints what it does ask.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Cost, measureStoreCost, type StoreCost } from '../../scripts/measure/store-cost.ts'
import { readTable } from '../support/storage-document.ts'

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
  const { bytes } = cost.left.grant
  assert.ok(bytes <= 2500, `${bytes} bytes`)
})

test('a rotation leaves nothing behind, and the next costs the same', () => {
  assert.equal(cost.grownRecords, 0)
  assert.ok(cost.grownBytes < cost.rotations, `${cost.grownBytes} bytes`)
  assert.deepEqual(cost.lateRefresh, cost.refreshOfCachedClient)
})

/** The rows of a table of docs/storage.md, as numbers. */
function readNumbers(head: string): [name: string, numbers: number[]][] {
  const toNumber = (cell: string) => Number(cell.replace(',', ''))
  return [...readTable(head)].map(([name, cells]) => [name, cells.map(toNumber)])
}

/** What was measured of that with which the row's name begins; two names of one beginning: the longer. */
function findMeasured<T>(name: string, measured: Readonly<Record<string, T>>): T {
  const [found] = Object.entries(measured)
    .filter(([beginning]) => name.startsWith(beginning))
    .toSorted(([a], [b]) => b.length - a.length)
  assert.ok(found, `nobody has measured ${name}`)
  return found[1]
}

test('docs/storage.md gives the commands and round trips that were counted', () => {
  const rows = readNumbers('| what | Redis commands |')
  assert.equal(rows.length, 3)
  for (const [name, numbers] of rows) {
    const { commands, roundTrips } = findMeasured(name, {
      'a refresh': cost.refresh,
      'a refresh by a client that was seen in the last minute': cost.refreshOfCachedClient,
      'a whole journey': cost.journey,
    })
    assert.deepEqual(numbers, [commands, roundTrips], name)
  }
})

test('docs/storage.md gives the records that were counted, and their bytes, rounded up', () => {
  const { left, grownRecords, grownBytes, rotations } = cost
  const rotation = {
    records: grownRecords / rotations,
    // A number that gets longer is no growth.
    bytes: Math.floor(grownBytes / rotations),
  }
  const rows = readNumbers('| what | records |')
  assert.ok(rows.length >= 5)
  for (const [name, numbers] of rows) {
    const { records, bytes } = findMeasured(name, {
      'a client': left.client,
      'an account': left.account,
      'a browser session': left.session,
      'an approval': left.approval,
      'a grant': left.grant,
      'a rotation': rotation,
    })
    const [toldRecords, toldBytes = Number.NaN] = numbers
    assert.equal(records, toldRecords, name)
    // Names and addresses vary; an approval grows with the scopes that it holds.
    const slack = name.startsWith('an approval') ? 2 : 1.25
    const isTold = bytes <= toldBytes && toldBytes <= bytes * slack
    assert.ok(isTold, `${name}: ${bytes}, told ${toldBytes}`)
  }
})
