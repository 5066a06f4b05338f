import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subscriberOf } from '../../../src/domain/sender-address.ts'

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
