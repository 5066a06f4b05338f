import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describePerson } from '../../../../src/domain/access/asserted.ts'
import type { StoredAccount } from '../../../../src/records/record-values.ts'
import { type Identity, parseIdentity } from '../../../../src/upstream/identity.ts'
import { upstreamConfig } from '../../../support/upstream-config.ts'

const rules = {
  ...upstreamConfig('https://upstream.example'),
  accessClaims: { groups: 'groups', employment: 'employment' },
}
const signIn = (claims: object): Identity => parseIdentity({ sub: 'ada', ...claims }, {}, rules)
/** From userinfo alone. */
const later = (claims: object): Identity => ({ ...signIn(claims), isPartial: true })
const account = (identity: Identity, known?: StoredAccount): StoredAccount => ({
  sub: 'ada',
  ...describePerson(identity, known),
})

const MAIL = { email: 'ada@example.com', email_verified: true }
const AT_WORK = account(signIn({ ...MAIL, groups: ['staff'], employment: 'external' }))

test('a claim or address of the account that an answer without an ID token lacks is unknown, for as long as it lacks', () => {
  const once = account(later({ groups: ['staff', 'chess'] }), AT_WORK)
  assert.deepEqual(once.accessClaims, { groups: ['staff', 'chess'] })
  assert.deepEqual([once.unknownClaims, once.isAddressUnknown], [['employment'], true])
  const twice = account(later({}), once)
  assert.deepEqual(twice.unknownClaims?.toSorted(), ['employment', 'groups'])
  assert.deepEqual([twice.isAddressUnknown, twice.verifiedEmail], [true, undefined])
})

test('an answer that tells it again, or has an ID token, leaves nothing unknown', () => {
  const unknown = account(later({}), AT_WORK)
  for (const told of [
    account(later({ ...MAIL, groups: [], employment: 'internal' }), unknown),
    account(signIn({}), unknown),
    account(signIn(MAIL), unknown),
  ]) {
    assert.deepEqual([told.unknownClaims, told.isAddressUnknown], [undefined, undefined])
  }
})

test('a claim or address that the account never had is absent, not unknown', () => {
  const bare = account(signIn({ groups: ['staff'] }))
  const next = account(later({ groups: ['staff'] }), bare)
  assert.deepEqual([next.unknownClaims, next.isAddressUnknown], [undefined, undefined])
})

test('an address that is told without its verification is not verified, and is known', () => {
  const next = account(later({ email: MAIL.email, groups: [], employment: 'x' }), AT_WORK)
  assert.deepEqual([next.verifiedEmail, next.isAddressUnknown], [undefined, undefined])
  assert.equal(next.claims['email'], MAIL.email)
})
