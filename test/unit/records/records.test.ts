import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findAppError } from '../../../src/errors.ts'
import { KINDS } from '../../../src/records/record-kinds.ts'
import type { RecordKind } from '../../../src/records/record-values.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { createMemoryRecords, TEST_KEY_NAMES, TEST_SEAL } from '../../support/memory-records.ts'

const KIND = 'PushedAuthorizationRequest'
const ID = 'a-request'
const WAITING = { state: 'waiting' }
const MINE = { state: 'mine' }
const THEIRS = { state: 'theirs' }

async function prepare() {
  const store = createMemoryStore({ now: Date.now })
  const records = createMemoryRecords(store)
  await records.save(KIND, ID, WAITING, 60)
  const swapNow = async (value: object) => {
    const swap = (await records.open(KIND, ID))?.swapReversibly({ ...value }, 60)
    assert.ok(swap)
    assert.equal(await swap.isDone, true)
    return swap
  }
  return { store, records, swapNow, find: () => records.find(KIND, ID) }
}

test('a swap can be undone once', async () => {
  const { swapNow, find } = await prepare()
  const { undo } = await swapNow(MINE)
  assert.deepEqual(await find(), MINE)
  assert.equal(await undo(60), true)
  assert.deepEqual(await find(), WAITING)
  assert.equal(await undo(60), false)
})

test('undoing a swap does not overwrite a later change by another request', async () => {
  const { records, swapNow, find } = await prepare()
  const mine = await swapNow(MINE)
  await swapNow(THEIRS)
  assert.equal(await mine.undo(60), false)
  assert.deepEqual(await find(), THEIRS)
  await records.remove(KIND, ID)
  assert.equal(await mine.undo(60), false)
  assert.equal(await find(), undefined)
})

test('undoing a swap does not undo an equal swap by another request', async () => {
  const { records, swapNow } = await prepare()
  const first = await swapNow(MINE)
  await records.save(KIND, ID, WAITING, 60)
  await swapNow(MINE)
  assert.equal(await first.undo(60), false)
})

test('undoing an add removes only the record that it added', async () => {
  const { records, find } = await prepare()
  const occupied = records.addReversibly(KIND, ID, MINE, 60)
  assert.equal(await occupied.isDone, false)
  assert.equal(await occupied.undo(60), false)
  assert.deepEqual(await find(), WAITING)
  const added = records.addReversibly(KIND, 'another', MINE, 60)
  assert.equal(await added.isDone, true)
  assert.equal(await added.undo(60), true)
  assert.equal(await records.find(KIND, 'another'), undefined)
})

/** Stores `text` as the sealed content of a record. */
async function plant(kind: RecordKind, text: string) {
  const { store, records } = await prepare()
  const [key] = TEST_KEY_NAMES.ofId(kind, ID)
  await store.set(key, TEST_SEAL.seal(text, key), 60)
  return records
}

const ALL_KINDS = Object.keys(KINDS) as RecordKind[]

test('a record with an unknown version is store_unavailable, never absent', async () => {
  for (const kind of ALL_KINDS) {
    const records = await plant(kind, `${KINDS[kind].version + 1}{}`)
    for (const read of [records.find(kind, ID), records.take(kind, ID)]) {
      await assert.rejects(read, (error) => findAppError(error)?.code === 'store_unavailable', kind)
    }
  }
})

test('a record with an invalid value is store_unavailable, never absent', async () => {
  for (const kind of ALL_KINDS) {
    for (const text of ['1true', '1{', '17', '1null']) {
      const records = await plant(kind, text)
      await assert.rejects(
        records.find(kind, ID),
        (error) => findAppError(error)?.code === 'store_unavailable',
        `${kind} ${text}`,
      )
    }
  }
})

test('a record without a version is read as version 1', async () => {
  const records = await plant('Account', JSON.stringify({ sub: 'ada', claims: { name: 'Ada' } }))
  const account = await records.find('Account', ID)
  assert.deepEqual([account?.sub, account?.claims], ['ada', { name: 'Ada' }])
})

/** Changes the sealed text of a stored record. */
async function plantSealed(kind: RecordKind, change: (sealed: string) => string) {
  const { store, records } = await prepare()
  const [key] = TEST_KEY_NAMES.ofId(kind, ID)
  await store.set(key, change(TEST_SEAL.seal('{}', key)), 60)
  return records
}

test('a damaged record is store_unavailable, never absent, and the cause says so', async () => {
  const damage: Record<string, (sealed: string) => string> = {
    'a flipped bit': (sealed) => sealed.replace(/(?<=^.{20})./, flipBit),
    'cut off': (sealed) => sealed.slice(0, 12),
    'moved from another key': () => TEST_SEAL.seal('{}', 'another key'),
  }
  for (const kind of ALL_KINDS) {
    for (const [name, change] of Object.entries(damage)) {
      const records = await plantSealed(kind, change)
      for (const read of [() => records.find(kind, ID), () => records.take(kind, ID)]) {
        await assert.rejects(
          read,
          (error) => {
            const fault = findAppError(error)
            assert.match(String(fault?.cause), /is damaged: the seal of test:/)
            return fault?.code === 'store_unavailable'
          },
          `${kind}: ${name}`,
        )
      }
    }
  }
})

test('a record that no known secret has sealed is absent if a person can start again, else store_unavailable', async () => {
  for (const kind of ALL_KINDS) {
    const records = await plantSealed(kind, (sealed) => sealed.replace(/^./, flipBit))
    if (KINDS[kind].unreadable === 'absent') {
      assert.equal(await records.find(kind, ID), undefined, kind)
    } else {
      await assert.rejects(
        records.find(kind, ID),
        (error) => findAppError(error)?.code === 'store_unavailable',
        kind,
      )
    }
  }
})

function flipBit(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) ^ 1)
}
