// Upper limits for what the server asks of Redis. `npm run measure:store` prints the actual numbers.
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

function assertAtMost(actual: Cost, limit: Cost): void {
  const isWithin = actual.commands <= limit.commands && actual.roundTrips <= limit.roundTrips
  assert.ok(isWithin, JSON.stringify(actual))
}

test('a refresh sends at most 5 commands in 4 round trips, or 4 in 3 if the client is cached', () => {
  assertAtMost(cost.refresh, { commands: 5, roundTrips: 4 })
  assertAtMost(cost.refreshOfCachedClient, { commands: 4, roundTrips: 3 })
})

// One of the round trips removes the interaction, after the browser has its response.
test('a journey sends at most 27 commands in 20 round trips', () => {
  assertAtMost(cost.journey, { commands: 27, roundTrips: 20 })
  assertAtMost(remembering.journey, { commands: 27, roundTrips: 20 })
})

test('a grant and its approval take at most 2,500 bytes, without account and session', () => {
  assert.ok(cost.left.grant.bytes <= 2500, `${cost.left.grant.bytes} bytes`)
  const { bytes } = remembering.left.grant
  assert.ok(bytes <= 2500, `${bytes} bytes, remembered`)
})

test('a rotation leaves no records behind, and the next one costs the same', () => {
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

test('docs/storage.md gives the measured commands and round trips', () => {
  const counted = {
    'a refresh': cost.refresh,
    'a refresh by a client that was seen in the last minute': cost.refreshOfCachedClient,
    'a whole journey: register, authorize, login, consent, code, token': cost.journey,
  }
  const rows = readNumbers('| what | Redis commands |')
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(counted).toSorted())
  for (const [name, { commands, roundTrips }] of Object.entries(counted)) {
    const [givenCommands, givenTrips = 0] = rows[name] ?? []
    assert.equal(givenCommands, commands, name)
    // A removal after the response may travel with the next command.
    assert.ok([givenTrips, givenTrips - 1].includes(roundTrips), `${name}: ${roundTrips}`)
  }
})

test('docs/storage.md gives the measured records, and their bytes rounded up', () => {
  const { left, grownRecords, grownBytes, rotations } = cost
  const measured = {
    'a client': left.client,
    'an account with its grant list': left.account,
    'a browser session': left.session,
    'a grant with its refresh tokens and its approval, at its biggest': left.grant,
    'the same with CONSENT=remember': remembering.left.grant,
    'a rotation': {
      records: grownRecords / rotations,
      // A counter that gains a digit does not count as growth.
      bytes: Math.floor(grownBytes / rotations),
    },
  }
  const rows = readNumbers('| what | records |')
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(measured).toSorted())
  for (const [name, { records, bytes }] of Object.entries(measured)) {
    const [givenRecords, givenBytes = Number.NaN] = rows[name] ?? []
    assert.equal(givenRecords, records, name)
    // The lengths of names and addresses vary.
    const isClose = bytes <= givenBytes && givenBytes <= bytes * 1.25
    assert.ok(isClose, `${name}: ${bytes} measured, ${givenBytes} documented`)
  }
})
