import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClaimSource } from '../../../src/config/access/claim-sources.ts'
import { hasClaim, readAccessClaims } from '../../../src/upstream/access-claims.ts'

const CLAIMS = {
  groups: ['a', 'b'],
  empty: [],
  nothing: null,
  'https://example.com/roles': ['r'],
  'a.b': 'exact',
  a: { b: 'nested', c: { d: 1 } },
  orgs: [{ id: 1, name: 'x' }, { id: 2 }, 'odd'],
  roles: { admin: { 1: 'x' }, user: {} },
}

const CASES: readonly (readonly [ClaimSource, unknown])[] = [
  ['groups', ['a', 'b']],
  ['empty', []],
  ['nothing', undefined],
  ['absent', undefined],
  ['https://example.com/roles', ['r']],
  ['a.b', 'exact'],
  [['a', 'b'], 'nested'],
  ['a.c.d', 1],
  ['a.x.d', undefined],
  ['groups.length', []],
  ['orgs.id', [1, 2]],
  [{ 'keys-of': 'roles' }, ['admin', 'user']],
  [{ 'keys-of': ['roles', 'admin'] }, ['1']],
  // Neither absent nor a list of names: no condition can read it.
  [{ 'keys-of': 'groups' }, {}],
  [{ 'keys-of': 'absent' }, undefined],
  // Members that every object inherits are no claims.
  ['constructor', undefined],
  ['a.constructor.name', undefined],
  ['__proto__', undefined],
  [{ 'keys-of': '__proto__' }, undefined],
]

test('a path finds the claim with that whole name, else nested members, else nothing', () => {
  for (const [source, expected] of CASES) {
    const read = readAccessClaims(CLAIMS, { it: source })
    assert.deepEqual(read['it'], expected, JSON.stringify(source))
    assert.equal('it' in read, expected !== undefined, JSON.stringify(source))
  }
})

test('a claim that is an empty list was asserted', () => {
  assert.equal(hasClaim(CLAIMS, 'empty'), true)
  assert.equal(hasClaim(CLAIMS, 'absent'), false)
})

test('claims beyond 16 KiB of UTF-8 are refused as a whole, and the message has their names only', () => {
  const sources = { groups: 'groups', name: 'name' }
  const bytes = (count: number) => ({ groups: 'é'.repeat(count), name: 'n' })
  assert.ok(readAccessClaims(bytes(8000), sources))
  assert.throws(
    () => readAccessClaims(bytes(8200), sources),
    /^Error: the claims groups, name have/,
  )
})

test('whatever an upstream sends, reading it returns listed names of JSON values, or throws', () => {
  const path = fc.oneof(fc.string({ minLength: 1 }), fc.array(fc.string(), { minLength: 1 }))
  const source = fc.oneof(path, fc.record({ 'keys-of': path }))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), source, (claims, it) => {
      const read = readAccessClaims(claims, { it })
      assert.deepEqual(
        Object.keys(read).filter((name) => name !== 'it'),
        [],
      )
      assert.deepEqual(JSON.parse(JSON.stringify(read)), { ...read })
    }),
  )
})
