import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEgressCheck, subscriberOf, withoutPort } from '../../../src/domain/sender-address.ts'

test('a subscriber is an IPv4 address, or the /64 of an IPv6 address', () => {
  for (const [address, subscriber] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:ffff::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
  ] as const) {
    assert.equal(subscriberOf(address), subscriber, address)
  }
})

test('an address is shared if one of the named ranges holds it', () => {
  const isShared = createEgressCheck({
    one: { asOf: null, ranges: ['160.79.104.0/21'] },
    two: { asOf: '2026-11-01', ranges: ['2001:db8::/32', '192.0.2.7/32'] },
  })
  for (const address of [
    '160.79.104.0',
    '160.79.111.255',
    '::ffff:160.79.105.1',
    '2001:db8:9::1',
    '192.0.2.7',
  ]) {
    assert.equal(isShared(address), true, address)
  }
  for (const address of [
    '160.79.103.255',
    '160.79.112.0',
    '2001:db9::1',
    '192.0.2.8',
    '::1',
    '',
    'x',
  ]) {
    assert.equal(isShared(address), false, address)
  }
})

test('an address with a port is the address, and other text stays as it is', () => {
  for (const [text, address] of [
    ['192.0.2.1:1000', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:db8::1]:1000', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:1', '::ffff:192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1000', '2001:db8::1000'],
    ['192.0.2.256:1000', '192.0.2.256:1000'],
    ['[192.0.2.1]:x', '[192.0.2.1]:x'],
    ['host:1000', 'host:1000'],
    ['unknown', 'unknown'],
    ['', ''],
  ] as const) {
    assert.equal(withoutPort(text), address, text)
  }
})
