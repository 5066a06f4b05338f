// The most that the server may ask of its Redis. `npm run measure:store` prints what it does ask.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { type Cost, measureStoreCost, type StoreCost } from '../../scripts/measure/store-cost.ts'

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

test('a journey sends at most 28 commands in 20 round trips', () => {
  assertAtMost(cost.journey, { commands: 28, roundTrips: 20 })
  assertAtMost(remembering.journey, { commands: 28, roundTrips: 20 })
})

test('a grant and its approval take at most 2,500 bytes beside account and session', () => {
  assert.ok(cost.bytes.grant <= 2500, `${cost.bytes.grant} bytes`)
  assert.ok(remembering.bytes.grant <= 2500, `${remembering.bytes.grant} bytes, remembered`)
})

test('a rotation leaves nothing behind, and the next costs the same', () => {
  assert.equal(cost.grownRecords, 0)
  assert.ok(cost.grownBytes < cost.rotations, `${cost.grownBytes} bytes`)
  assert.deepEqual(cost.lateRefresh, cost.refreshOfCachedClient)
})

const DOCUMENT = new URL('../../docs/storage.md', import.meta.url)

/** The numbers of the row that begins with `name`. */
async function readRow(name: string): Promise<number[]> {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n')
  const row = lines.find((line) => line.startsWith(`| ${name} |`)) ?? ''
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replace(',', '')))
}

test('docs/storage.md gives the numbers that were counted', async () => {
  const { bytes } = cost
  const counted = {
    'a refresh': cost.refresh,
    'a refresh by a client that was seen in the last minute': cost.refreshOfCachedClient,
    'a whole journey: register, authorize, login, consent, code, token': cost.journey,
  }
  for (const [name, { commands, roundTrips }] of Object.entries(counted)) {
    assert.deepEqual(await readRow(name), [commands, roundTrips], name)
  }
  const weighed = {
    'a client': bytes.client,
    'an account': bytes.account,
    'a browser session': bytes.session,
    'a grant with its refresh tokens and its approval, at its biggest': bytes.grant,
    'the same with `CONSENT=remember`': remembering.bytes.grant,
  }
  for (const [name, measured] of Object.entries(weighed)) {
    const [, told = 0] = await readRow(name)
    // Rounded up; names and addresses vary.
    assert.ok(measured <= told && told <= measured * 1.25, `${name}: ${measured}, told ${told}`)
  }
})
