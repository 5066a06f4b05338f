import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBoundedMap } from '../../src/bounded-map.ts'

test('a full map drops the entry that was set longest ago, and setting an entry again renews it', () => {
  const map = createBoundedMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4])
})

test('a deleted entry makes room for a new one', () => {
  const map = createBoundedMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.delete('b')
  map.set('c', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3])
})
