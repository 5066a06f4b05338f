// https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ "Redirection and resharding"
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSlotTable,
  parseRedirect,
} from '../../../../src/store/redis/redis-cluster-replies.ts'

test('a redirect names its kind and its address', () => {
  const redirects = {
    'MOVED 3999 127.0.0.1:6381': { isAsk: false, endpoint: { host: '127.0.0.1', port: 6381 } },
    'ASK 3999 fd00::1:6381': { isAsk: true, endpoint: { host: 'fd00::1', port: 6381 } },
  }
  for (const [message, redirect] of Object.entries(redirects)) {
    assert.deepEqual(parseRedirect(new Error(message), 'node'), redirect)
  }
})

test('a redirect without a host leads to another port of the node that answered', () => {
  const endpoint = { host: 'node', port: 6381 }
  assert.deepEqual(parseRedirect(new Error('MOVED 3999 :6381'), 'node'), { isAsk: false, endpoint })
})

test('any other error is no redirect', () => {
  for (const error of [
    new Error('CLUSTERDOWN The cluster is down'),
    new Error(''),
    'MOVED 1 a:1',
  ]) {
    assert.equal(parseRedirect(error, 'node'), undefined)
  }
})

test('a slot belongs to the master of its range, and to no master outside of all ranges', () => {
  const [one, two] = [
    { host: 'one', port: 1 },
    { host: 'two', port: 2 },
  ]
  const table = createSlotTable(
    [
      { from: 0, to: 99, master: one },
      { from: 200, to: 16_383, master: two },
    ],
    'node',
  )
  assert.equal(table.length, 16_384)
  const slots = [0, 99, 100, 199, 200, 16_383]
  const owners = slots.map((slot) => table[slot])
  assert.deepEqual(owners, [one, one, undefined, undefined, two, two])
})

test('a master without a host is the node that answered', () => {
  const table = createSlotTable([{ from: 0, to: 0, master: { host: '', port: 1 } }], 'node')
  assert.deepEqual(table[0], { host: 'node', port: 1 })
})

test('a table without slots is an error', () => {
  assert.throws(() => createSlotTable([], 'node'), /no slots/)
})
