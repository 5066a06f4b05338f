import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsKey, parseKeySet, selectKeys } from '../../../src/oauth/key-set.ts'

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

test('at most 10 keys are kept', () => {
  const keys = Array.from({ length: 11 }, (_, at) => ({ ...EC, kid: String(at) }))
  assert.equal(parseKeySet({ keys })?.keys.length, 10)
})

test('keys that verify no assertion do not count', () => {
  const others = [
    { ...EC, use: 'enc' },
    { ...EC, alg: 'ECDH-ES' },
    { ...EC, alg: 'ES384' },
    { ...EC, alg: 'constructor' },
    { ...EC, kty: 'oct' },
    { ...EC, kid: 'k'.repeat(257) },
  ]
  const keys = [...others, ...others, { ...EC, kid: 'named', alg: 'ES256' }]
  assert.deepEqual(parseKeySet({ keys }), { keys: keys.slice(-1) })
})

test('the kid of a key has at most 256 characters', () => {
  assert.ok(isKept({ ...EC, kid: 'k'.repeat(256) }))
  assert.ok(!isKept({ ...EC, kid: 'k'.repeat(257) }))
})

/** A modulus of this many bits, all of them 1. */
const modulus = (bits: number) =>
  Buffer.from(((1n << BigInt(bits)) - 1n).toString(16).padStart(1026, '0'), 'hex')
    .subarray(-Math.ceil(bits / 8))
    .toString('base64url')

const rsa = (n: string, e = 'AQAB') => ({ kty: 'RSA', n, e })
const isKept = (key: object) => parseKeySet({ keys: [key] })?.keys.length === 1

test('an RSA key has 2048 to 4096 bits and the exponent 65537', () => {
  for (const bits of [2048, 3072, 4095, 4096]) assert.ok(isKept(rsa(modulus(bits))), String(bits))
  for (const bits of [1, 512, 1024, 2047, 4097, 4104, 16384]) {
    assert.ok(!isKept(rsa(modulus(bits))), String(bits))
  }
  for (const e of ['Aw', 'AQ', 'AAEAAQ', 'AQAC', modulus(3072)]) {
    assert.ok(!isKept(rsa(modulus(2048), e)), e)
  }
})

test('leading zeros do not make an RSA key longer, and other text is no modulus', () => {
  const withZeros = (bits: number, zeros: number) =>
    Buffer.concat([Buffer.alloc(zeros), Buffer.from(modulus(bits), 'base64url')]).toString(
      'base64url',
    )
  assert.ok(isKept(rsa(withZeros(4096, 1))))
  assert.ok(!isKept(rsa(withZeros(1024, 128))))
  assert.ok(!isKept(rsa(withZeros(2048, 50_000))))
  for (const n of ['=', '!'.repeat(400), `${modulus(2048)}=`, `${modulus(2048)} `]) {
    assert.ok(!isKept(rsa(n)), n)
  }
})

test('a key is on P-256, P-384 or Ed25519, with coordinates of their length', () => {
  const point = (length: number) => ({ x: 'x'.repeat(length), y: 'y'.repeat(length) })
  assert.ok(isKept({ kty: 'EC', crv: 'P-256', ...point(43) }))
  assert.ok(isKept({ kty: 'EC', crv: 'P-384', ...point(64) }))
  assert.ok(isKept({ kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43) }))
  for (const key of [
    { kty: 'EC', crv: 'P-521', ...point(88) },
    { kty: 'EC', crv: 'secp256k1', ...point(43) },
    { kty: 'EC', crv: 'Ed25519', ...point(43) },
    { kty: 'EC', crv: 'P-256', ...point(44) },
    { kty: 'EC', crv: 'P-256', x: 'x', y: 'y'.repeat(44) },
    { kty: 'EC', crv: 'P-384', ...point(65) },
    { kty: 'OKP', crv: 'P-256', x: 'x' },
    { kty: 'OKP', crv: 'X25519', x: 'x' },
    { kty: 'OKP', crv: 'Ed448', x: 'x' },
    { kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(44) },
  ]) {
    assert.ok(!isKept(key), JSON.stringify(key))
  }
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

const numbered = (key: object, count: number) =>
  Array.from({ length: count }, (_, at) => ({ ...key, x: String(at) }))
const tried = (keys: object[], header: { alg?: unknown; kid?: unknown }) =>
  selectKeys(parseKeySet({ keys }) ?? { keys: [] }, header).keys.map(({ x, n }) => x ?? n)

test('an assertion is verified with at most two keys, with a kid and without', () => {
  const header = { alg: 'ES256' }
  assert.deepEqual(tried(numbered(EC, 2), header), ['0', '1'])
  assert.deepEqual(tried(numbered(EC, 3), header), ['0', '1'])
  assert.deepEqual(tried(numbered({ ...EC, kid: '1' }, 3), { ...header, kid: '1' }), ['0', '1'])
})

test('only keys that fit the header of an assertion are tried, those for its algorithm first', () => {
  const okp = { kty: 'OKP', crv: 'Ed25519', x: 'okp' }
  const keys = [
    rsa(modulus(2048)),
    okp,
    { ...EC, crv: 'P-384', x: 'p384' },
    { ...EC, crv: 'P-384', x: 'es384', alg: 'ES384' },
    { ...EC, x: 'any', kid: '1' },
    { ...EC, x: 'named', kid: '2', alg: 'ES256' },
  ]
  assert.deepEqual(tried(keys, { alg: 'ES256' }), ['named', 'any'])
  assert.deepEqual(tried(keys, { alg: 'ES256', kid: '1' }), ['any'])
  assert.deepEqual(tried(keys, { alg: 'ES256', kid: '3' }), [])
  assert.deepEqual(tried(keys, { alg: 'ES256', kid: 1 }), [])
  assert.deepEqual(tried(keys, { alg: 'ES384' }), ['es384', 'p384'])
  assert.deepEqual(tried(keys, { alg: 'EdDSA' }), ['okp'])
  assert.deepEqual(tried(keys, { alg: 'Ed25519' }), ['okp'])
  assert.deepEqual(tried(keys, { alg: 'RS256' }), [modulus(2048)])
  for (const alg of ['none', 'HS256', 'constructor', undefined]) {
    assert.deepEqual(tried(keys, { alg }), [], alg)
  }
})
