// Exchanging the value of a record for a while, and undoing the exchange.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from '../../../src/crypto/seal.ts'
import { createKeyNames } from '../../../src/records/key-names.ts'
import { createRecords } from '../../../src/records/records.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'

const KIND = 'Interaction'
const ID = 'an-interaction'

async function prepare() {
  const sessionSecrets = ['a secret of thirty-two bytes and more'] as const
  const memory = createMemoryStore({ now: Date.now })
  const store = {
    ...memory,
    losesAnswers: false,
    async swap(...args: Parameters<typeof memory.swap>) {
      const isDone = await memory.swap(...args)
      if (store.losesAnswers) throw new Error('no answer')
      return isDone
    },
  }
  const records = createRecords({
    store,
    seal: createSeal(sessionSecrets),
    keyNames: createKeyNames({ prefix: 'test', sessionSecrets }),
  })
  await records.save(KIND, ID, 'waiting', 60)
  const exchangeNow = async (value: string) => {
    const exchange = (await records.open(KIND, ID))?.exchange(value, 60)
    assert.ok(exchange)
    assert.equal(await exchange.isDone, true)
    return exchange
  }
  return { store, records, exchangeNow, find: () => records.find(KIND, ID) }
}

test('an exchange can be undone once', async () => {
  const { exchangeNow, find } = await prepare()
  const { undo } = await exchangeNow('mine')
  assert.equal(await undo(60), true)
  assert.equal(await find(), 'waiting')
  assert.equal(await undo(60), false)
})

test('an exchange can be undone after its value was removed', async () => {
  const { exchangeNow, find } = await prepare()
  const { remove, undo } = await exchangeNow('mine')
  assert.equal(await remove(), true)
  assert.equal(await find(), undefined)
  assert.equal(await undo(60), true)
  assert.equal(await find(), 'waiting')
})

test('an exchange can be undone after a removal that got no answer', async () => {
  const { store, exchangeNow, find } = await prepare()
  const { remove, undo } = await exchangeNow('mine')
  store.losesAnswers = true
  await assert.rejects(remove())
  store.losesAnswers = false
  assert.equal(await undo(60), true)
  assert.equal(await find(), 'waiting')
})

test('an exchange can no longer be removed or undone once another has replaced its value', async () => {
  const { exchangeNow, find } = await prepare()
  const mine = await exchangeNow('mine')
  const theirs = await exchangeNow('theirs')
  assert.equal(await mine.remove(), false)
  assert.equal(await mine.undo(60), false)
  assert.equal(await find(), 'theirs')
  await theirs.remove()
  assert.equal(await mine.remove(), false)
  assert.equal(await mine.undo(60), false)
  assert.equal(await find(), undefined)
})

test('undoing a put removes only the value that it stored', async () => {
  const { records, find } = await prepare()
  const occupied = records.put(KIND, ID, 'late', 60)
  assert.equal(await occupied.isDone, false)
  assert.equal(await occupied.undo(60), false)
  assert.equal(await find(), 'waiting')
  const put = records.put(KIND, 'another', 'first', 60)
  assert.equal(await put.isDone, true)
  assert.equal(await put.undo(60), true)
  assert.equal(await records.find(KIND, 'another'), undefined)
})
