import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AddressRange,
  createRangeCheck,
  parseAddressRange,
  withoutBrackets,
} from '../../src/ip-address.ts'

const range = (address: string, bits: number, family: AddressRange['family']) => ({
  address,
  bits,
  family,
})

test('a range is an address with the number of its fixed bits, and an address is a range of one', () => {
  assert.deepEqual(parseAddressRange('10.0.0.0/8'), range('10.0.0.0', 8, 'ipv4'))
  assert.deepEqual(parseAddressRange('0.0.0.0/0'), range('0.0.0.0', 0, 'ipv4'))
  assert.deepEqual(parseAddressRange('192.0.2.1'), range('192.0.2.1', 32, 'ipv4'))
  assert.deepEqual(parseAddressRange('2001:db8::/32'), range('2001:db8::', 32, 'ipv6'))
  assert.deepEqual(parseAddressRange('::1'), range('::1', 128, 'ipv6'))
})

test('no other text is a range', () => {
  for (const text of [
    '',
    '/8',
    'localhost',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '::/129',
    '[::1]',
    '[::]/8',
  ]) {
    assert.equal(parseAddressRange(text), undefined, text)
  }
})

test('an address is in the ranges of its own family only, and other text is in none', () => {
  const isInRange = createRangeCheck([range('10.0.0.0', 8, 'ipv4'), range('fd00::', 8, 'ipv6')])
  for (const address of ['10.0.0.0', '10.255.255.255', 'fd12:3::4']) {
    assert.equal(isInRange(address), true, address)
  }
  for (const address of ['11.0.0.0', 'fe00::', '::a00:0', '', 'ten', '[fd00::1]', '10.0.0.0/8']) {
    assert.equal(isInRange(address), false, address)
  }
})

test('only an address in brackets loses them', () => {
  assert.equal(withoutBrackets('[::1]'), '::1')
  for (const hostname of ['mcp.example.com', '127.0.0.1', '']) {
    assert.equal(withoutBrackets(hostname), hostname)
  }
})
