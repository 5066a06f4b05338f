import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsKey, parseKeySet } from '../../../src/oauth/key-set.ts'

const EC = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

test('only the public members of a signing key are kept', () => {
  const key = { ...EC, kid: '1', alg: 'ES256', use: 'sig', d: 'private', x5c: ['certificate'] }
  assert.deepEqual(parseKeySet({ keys: [key] }), {
    keys: [{ ...EC, kid: '1', alg: 'ES256', use: 'sig' }],
  })
})

test('a key that cannot verify a signature is ignored', () => {
  for (const key of [
    { ...EC, use: 'enc' },
    { ...EC, y: undefined },
    { ...EC, y: '' },
    { ...EC, kty: undefined },
    { kty: 'oct', k: 'secret' },
    {},
  ]) {
    assert.deepEqual(parseKeySet({ keys: [key, EC] }), { keys: [EC] }, JSON.stringify(key))
  }
})

test('a key type that every object has as a property is unknown', () => {
  for (const kty of ['constructor', '__proto__', 'toString']) {
    assert.deepEqual(parseKeySet({ keys: [{ ...EC, kty }] }), { keys: [] }, kty)
  }
})

test('at most 20 keys are kept', () => {
  const keys = Array.from({ length: 21 }, (_, at) => ({ ...EC, kid: String(at) }))
  assert.equal(parseKeySet({ keys })?.keys.length, 20)
})

test('a value that is not a JWK Set is undefined', () => {
  for (const value of [undefined, null, [], 'keys', {}, { keys: {} }, { keys: ['key'] }]) {
    assert.equal(parseKeySet(value), undefined, JSON.stringify(value))
  }
})

test('a set holds a key by its kid, and any key without one', () => {
  const set = { keys: [{ ...EC, kid: '1' }] }
  assert.equal(holdsKey(set, '1'), true)
  assert.equal(holdsKey(set, '2'), false)
  assert.equal(holdsKey(set, undefined), true)
})
