import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsUserinfo, parseIdentity } from '../../../src/upstream/identity.ts'

test('the ID token wins over userinfo, which fills what is missing', () => {
  assert.deepEqual(
    parseIdentity({ sub: 'a', name: 'Ada' }, { sub: 'a', name: 'Other', email: 'ada@example.com' }),
    { sub: 'a', authTime: undefined, claims: { name: 'Ada', email: 'ada@example.com' } },
  )
})

test('a claim of the wrong type, and a claim that is not standard, is left out', () => {
  const { claims } = parseIdentity({ sub: 'a', name: 7, email: '', groups: ['x'], roles: 'y' })
  assert.deepEqual(claims, {})
})

test('email_verified is a boolean even where the upstream sends the word', () => {
  assert.equal(parseIdentity({ sub: 'a', email_verified: 'true' }).claims['email_verified'], true)
  assert.equal(
    parseIdentity({ sub: 'a', email_verified: 'no' }).claims['email_verified'],
    undefined,
  )
})

test('an identity without a usable subject is refused', () => {
  for (const sub of [undefined, '', 7, 'x'.repeat(256)]) {
    assert.throws(() => parseIdentity({ sub }))
  }
})

test('userinfo is worth a request when a name or an address that was asked for is missing', () => {
  assert.equal(needsUserinfo({ name: 'Ada' }, 'openid profile email'), true)
  assert.equal(needsUserinfo({ name: 'Ada', email: 'a@b.c' }, 'openid profile email'), false)
  assert.equal(needsUserinfo({}, 'openid'), false)
})
