import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyvOperations, type KeyvAdapter } from '../../../src/store/keyv-operations.ts'

function createAdapter() {
  const calls: unknown[][] = []
  const values = new Map<string, string>()
  const adapter: KeyvAdapter = {
    get: async (key) => values.get(key),
    async set(...call) {
      calls.push(call)
      values.set(call[0], call[1])
    },
    delete: async (key) => values.delete(key),
  }
  return { adapter, calls, values }
}

test('the adapter gets the key and the value unchanged, and the lifetime in milliseconds', async () => {
  const { adapter, calls, values } = createAdapter()
  const { get, set, delete: remove } = createKeyvOperations(adapter)
  for (const value of ['', '{"value":1}']) {
    await set('prefix:key', value, 60)
    assert.deepEqual(calls.pop(), ['prefix:key', value, 60_000])
    assert.equal(await get('prefix:key'), value)
  }
  await remove('prefix:key')
  assert.equal(await get('prefix:key'), undefined)
  assert.equal(values.size, 0)
})

test("the adapter's errors are thrown", async () => {
  const error = new Error('of the adapter')
  const fail = () => Promise.reject(error)
  const { get, set, delete: remove } = createKeyvOperations({ get: fail, set: fail, delete: fail })
  await assert.rejects(get('a'), error)
  await assert.rejects(set('a', '1', 60), error)
  await assert.rejects(remove('a'), error)
})

test('a value that is not a string is an error, and is not stored', async () => {
  const { adapter, values } = createAdapter()
  const { set } = createKeyvOperations(adapter)
  // As from code that the compiler has not checked.
  for (const value of [undefined, null, 1] as never[]) {
    await assert.rejects(set('a', value, 60), TypeError)
  }
  assert.equal(values.size, 0)
})
