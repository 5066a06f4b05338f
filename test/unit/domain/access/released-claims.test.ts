import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReleasedClaims } from '../../../../src/domain/access/released-claims.ts'

const { selectForToken } = createReleasedClaims({ scopeClaims: {} })
const NAMES = ['email', 'email_verified', 'name', 'groups']
const MAIL = 'boss@example.com'

test("a claim of the operator's named email does not replace the verified address in tokens", () => {
  const account = {
    sub: 'ada',
    claims: { email: 'Ada@example.com', email_verified: true, name: 'Ada' },
    verifiedEmail: 'Ada@example.com',
    accessClaims: { email: MAIL, email_verified: true, name: 'Boss', groups: ['staff'] },
  }
  assert.deepEqual(selectForToken(account, NAMES), {
    email: 'Ada@example.com',
    email_verified: true,
    name: 'Ada',
    groups: ['staff'],
  })
})

test('without a verified address no address is in tokens, whatever else is called so', () => {
  const account = {
    sub: 'ada',
    claims: { email: 'ada@example.com', email_verified: false },
    accessClaims: { email: MAIL, email_verified: true, groups: ['staff'] },
  }
  assert.deepEqual(selectForToken(account, NAMES), { groups: ['staff'] })
})
