import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicName } from '../../../src/outbound/special-names.ts'

test('a name below a top-level domain that people register is public', () => {
  for (const name of [
    'claude.ai',
    'a.b.example.com',
    'name.github.io',
    'shop.co.uk',
    'xn--bcher-kva.de',
  ]) {
    assert.ok(isPublicName(name), name)
  }
})

test('a name of this machine, of a local network or of a cluster is not public', () => {
  for (const name of [
    'localhost',
    'x.localhost',
    'redis',
    'com',
    'metadata.google.internal',
    'printer.local',
    'router.lan',
    'nas.home.arpa',
    '1.0.0.127.in-addr.arpa',
    'redis.default',
    'redis.default.svc',
    'redis.default.svc.cluster.local',
    'intranet.corp',
    '127.0.0.1',
    '[::1]',
    '',
  ]) {
    assert.ok(!isPublicName(name), name)
  }
})
