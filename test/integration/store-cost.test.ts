// Upper limits for what the server asks of Redis. `npm run measure:store` prints the actual numbers.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Cost, measureStoreCost, type StoreCost } from '../../scripts/measure/store-cost.ts'
import { readTable } from '../support/storage-document.ts'

let cost: StoreCost
let remembering: StoreCost
let withRules: StoreCost
let withExchange: StoreCost
before(async () => {
  cost = await measureStoreCost({ rotations: 100, consent: 'always' })
  remembering = await measureStoreCost({ rotations: 0, consent: 'remember' })
  withRules = await measureStoreCost({ rotations: 0, consent: 'always', access: 'rules' })
  withExchange = await measureStoreCost({ rotations: 0, consent: 'always', access: 'exchange' })
})

function assertAtMost(actual: Cost, limit: Cost): void {
  const isWithin = actual.commands <= limit.commands && actual.roundTrips <= limit.roundTrips
  assert.ok(isWithin, JSON.stringify(actual))
}

test('a refresh sends at most 5 commands in 4 round trips, or 4 in 3 if the client is cached', () => {
  assertAtMost(cost.refresh, { commands: 5, roundTrips: 4 })
  assertAtMost(cost.refreshOfCachedClient, { commands: 4, roundTrips: 3 })
})

test('access rules add nothing to a refresh that is not due for re-validation', () => {
  for (const { refresh, refreshOfCachedClient } of [withRules, withExchange]) {
    assertAtMost(refresh, cost.refresh)
    assertAtMost(refreshOfCachedClient, cost.refreshOfCachedClient)
  }
})

test('a refresh of a grant that is not on its account’s list sends one command and one round trip more', () => {
  for (const { refreshOfUnlistedGrant } of [cost, withRules]) {
    assertAtMost(refreshOfUnlistedGrant, { commands: 6, roundTrips: 5 })
  }
})

// One of the round trips removes the interaction, after the browser has its response.
test('a journey sends at most 26 commands in 20 round trips', () => {
  assertAtMost(cost.journey, { commands: 26, roundTrips: 20 })
  assertAtMost(remembering.journey, { commands: 26, roundTrips: 20 })
})

test('with access rules, tokens and session ids of the upstream, a journey sends at most 28 commands in as many round trips', () => {
  assertAtMost(withRules.journey, { commands: 28, roundTrips: 20 })
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
    'a refresh of a grant that is not on its account’s list': cost.refreshOfUnlistedGrant,
    'a refresh that asks the upstream first': withRules.revalidatingRefresh,
    'an exchange of a token': withExchange.exchanges?.[0],
    'an exchange that refreshes the token of the upstream first': withExchange.exchanges?.[1],
    'a whole journey: register, authorize, login, consent, code, token': cost.journey,
    'a whole journey with access rules, and session ids of the upstream': withRules.journey,
    'a whole journey for an MCP server that exchanges tokens, with both': withExchange.journey,
  }
  const rows = readNumbers('| what | Redis commands |')
  assert.deepEqual(Object.keys(rows).toSorted(), Object.keys(counted).toSorted())
  for (const [name, measured] of Object.entries(counted)) {
    assert.ok(measured, name)
    const { commands, roundTrips } = measured
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
