import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEqual, isSameSecret } from '../../../src/crypto/equal.ts'

test('a secret is the same as itself only', () => {
  assert.equal(isSameSecret('gehört-ihm', 'gehört-ihm'), true)
  for (const given of ['', 'gehört-ih', 'gehört-ihm ', 'gehört-ihr', 'GEHÖRT-IHM', 'gehort-ihm']) {
    assert.equal(isSameSecret('gehört-ihm', given), false, given)
    assert.equal(isSameSecret(given, 'gehört-ihm'), false, given)
  }
})

test('buffers of different lengths are not equal, and comparing them throws nothing', () => {
  const mac = Buffer.from('0123456789')
  assert.equal(isEqual(mac, Buffer.from(mac)), true)
  assert.equal(isEqual(mac, mac.subarray(1)), false)
  assert.equal(isEqual(mac, Buffer.alloc(0)), false)
  assert.equal(isEqual(mac, Buffer.from('0123456780')), false)
})
