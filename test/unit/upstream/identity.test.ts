import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type IdentityRules, isThin, parseIdentity } from '../../../src/upstream/identity.ts'

const RULES: IdentityRules = {
  protocol: 'openid',
  subjectClaims: ['sub'],
  verifiedEmail: 'claim',
  tenants: undefined,
  accessClaims: {},
}

test('claims in the ID token override userinfo, which only adds missing claims', () => {
  const idToken = { sub: 'a', name: 'Ada' }
  const { sub, claims } = parseIdentity(idToken, {
    sub: 'a',
    name: 'Other',
    email: 'ada@example.com',
  })
  assert.equal(sub, 'a')
  assert.deepEqual(claims, { name: 'Ada', email: 'ada@example.com' })
})

test('a claim with the wrong type and a non-standard claim are dropped', () => {
  const { claims } = parseIdentity({ sub: 'a', name: 7, email: '', groups: ['x'], roles: 'y' })
  assert.deepEqual(claims, {})
})

test('email_verified is a boolean even if the upstream sends a string', () => {
  assert.equal(parseIdentity({ sub: 'a', email_verified: 'true' }).claims['email_verified'], true)
  assert.equal(
    parseIdentity({ sub: 'a', email_verified: 'no' }).claims['email_verified'],
    undefined,
  )
})

test('an address is not verified by what userinfo says about another one', () => {
  const verifiedBy = (idToken: object, userinfo: object, rule: 'claim' | { claim: string }) =>
    parseIdentity(
      { sub: 'a', ...idToken },
      { sub: 'a', ...userinfo },
      { ...RULES, verifiedEmail: rule },
    ).verifiedEmail
  const [ada, eve] = [{ email: 'ada@example.com' }, { email: 'eve@example.com' }]
  for (const [rule, verified] of [
    ['claim', { email_verified: true }],
    [{ claim: 'xms_edov' }, { xms_edov: true }],
  ] as const) {
    assert.equal(verifiedBy(ada, { ...eve, ...verified }, rule), undefined)
    assert.equal(verifiedBy(ada, { ...ada, ...verified }, rule), 'ada@example.com')
    assert.equal(verifiedBy(ada, verified, rule), 'ada@example.com')
    assert.equal(verifiedBy({}, { ...eve, ...verified }, rule), 'eve@example.com')
  }
})

test('an identity without a valid subject is rejected', () => {
  for (const sub of [undefined, '', 7, 'x'.repeat(256)]) {
    assert.throws(() => parseIdentity({ sub }))
  }
})

test('an ID token is thin only if a requested name, an address or a listed claim is missing', () => {
  const all = { scope: 'openid profile email', accessClaims: {} }
  assert.equal(isThin({ name: 'Ada' }, all), true)
  assert.equal(isThin({ name: 'Ada', email: 'a@b.c' }, all), false)
  assert.equal(isThin({}, { scope: 'openid', accessClaims: {} }), false)
  const listed = { scope: 'openid', accessClaims: { groups: 'groups' } }
  assert.equal(isThin({}, listed), true)
  assert.equal(isThin({ groups: [] }, listed), false)
})
