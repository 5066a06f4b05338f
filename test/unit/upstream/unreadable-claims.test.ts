import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAccessClaims } from '../../../src/upstream/access-claims.ts'
import { CRM, policyOf } from '../../support/access-rules.ts'

const SOURCES = { roles: { 'keys-of': 'roles' } }
const policy = policyOf([
  { name: 'everybody' },
  { name: 'blocked', effect: 'deny', when: { claim: 'roles', anyOf: ['blocked'] } },
])

for (const [roles, kind] of [
  [{ staff: {} }, 'allowed'],
  [{ blocked: {} }, 'refused'],
  [undefined, 'allowed'],
  [null, 'allowed'],
  [['blocked'], 'refused'],
  ['blocked', 'refused'],
] as const) {
  test(`keys-of over ${JSON.stringify(roles)}: a rule that denies a role is not evaded: ${kind}`, () => {
    const accessClaims = readAccessClaims({ roles }, SOURCES)
    assert.equal(policy.decide({ claims: {}, accessClaims }, CRM, ['crm:read']).kind, kind)
  })
}
