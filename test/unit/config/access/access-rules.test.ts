// Access rules with a fault: each is reported by the rule's name and the member, and never by its value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CRM, resolveRules, WIKI } from '../../../support/access-rules.ts'

const SECRET = 'tr0ub4dor'
const rule = (members: Readonly<Record<string, unknown>>) => ({ name: 'r', ...members })
const nested = (depth: number): unknown =>
  depth === 0 ? { email: 'ada@example.com' } : { not: nested(depth - 1) }

const FAULTS: Readonly<Record<string, { rules: readonly unknown[]; at: string; says: RegExp }>> = {
  'no object': { rules: [SECRET], at: 'access.rules.0 name', says: /is required/ },
  'no name': { rules: [{}], at: 'access.rules.0 name', says: /is required/ },
  'a name with a line break': {
    rules: [{ name: `a\n${SECRET}` }],
    at: 'access.rules.0 name',
    says: /80/,
  },
  'a long name': { rules: [{ name: 'n'.repeat(81) }], at: 'access.rules.0 name', says: /80/ },
  'two rules of one name': {
    rules: [rule({}), rule({})],
    at: 'access rule "r" name',
    says: /another/,
  },
  'an unknown member': {
    rules: [rule({ [SECRET]: 1 })],
    at: 'access rule "r" members',
    says: /when/,
  },
  'an effect that does not exist': {
    rules: [rule({ effect: SECRET })],
    at: 'access rule "r" effect',
    says: /allow or deny/,
  },
  'an unknown MCP server': {
    rules: [rule({ resources: [CRM, `https://${SECRET}.example/`] })],
    at: 'access rule "r" resources.1',
    says: /configured MCP server/,
  },
  'no MCP server': {
    rules: [rule({ resources: [] })],
    at: 'access rule "r" resources',
    says: /at least one/,
  },
  'MCP servers as one text': {
    rules: [rule({ resources: CRM })],
    at: 'access rule "r" resources',
    says: /a list/,
  },
  'all MCP servers and one more': {
    rules: [rule({ resources: ['*', CRM] })],
    at: 'access rule "r" resources',
    says: /beside "\*"/,
  },
  'an unknown scope': {
    rules: [rule({ scopes: ['crm:read', SECRET] })],
    at: 'access rule "r" scopes.1',
    says: /scope of an MCP server/,
  },
  'a scope of another MCP server': {
    rules: [rule({ resources: [CRM], scopes: ['wiki:read'] })],
    at: 'access rule "r" scopes.0',
    says: /scope of an MCP server/,
  },
  'an OpenID Connect scope': {
    rules: [rule({ scopes: ['openid'] })],
    at: 'access rule "r" scopes.0',
    says: /OpenID Connect/,
  },
  'a pattern of scopes': {
    rules: [rule({ scopes: ['crm:*'] })],
    at: 'access rule "r" scopes.0',
    says: /scope of an MCP server/,
  },
  'no condition': {
    rules: [rule({ when: null })],
    at: 'access rule "r" when',
    says: /one condition/,
  },
  'an empty condition': {
    rules: [rule({ when: {} })],
    at: 'access rule "r" when',
    says: /exactly one/,
  },
  'two conditions in one': {
    rules: [rule({ when: { email: 'a@b.example', emailDomain: 'b.example' } })],
    at: 'access rule "r" when',
    says: /all or any/,
  },
  'a condition with another member': {
    rules: [rule({ when: { emailDomain: 'b.example', equals: SECRET } })],
    at: 'access rule "r" when',
    says: /other members/,
  },
  'no address': {
    rules: [rule({ when: { email: ['ada@example.com', SECRET] } })],
    at: 'access rule "r" when.email.1',
    says: /e-mail address/,
  },
  'no domain': {
    rules: [rule({ when: { emailDomain: `@${SECRET}.example` } })],
    at: 'access rule "r" when.emailDomain',
    says: /domain/,
  },
  'a domain without a dot': {
    rules: [rule({ when: { emailDomain: ['com'] } })],
    at: 'access rule "r" when.emailDomain.0',
    says: /domain/,
  },
  'a star inside a domain': {
    rules: [rule({ when: { emailDomain: ['mail.*.example'] } })],
    at: 'access rule "r" when.emailDomain.0',
    says: /subdomains/,
  },
  'no values': {
    rules: [rule({ when: { email: [] } })],
    at: 'access rule "r" when.email',
    says: /1 to 500/,
  },
  'an unknown claim': {
    rules: [rule({ when: { claim: SECRET, equals: 'x' } })],
    at: 'access rule "r" when.claim',
    says: /access\.claims/,
  },
  'a claim without an operator': {
    rules: [rule({ when: { claim: 'groups' } })],
    at: 'access rule "r" when',
    says: /equals, anyOf, glob/,
  },
  'a claim with two operators': {
    rules: [rule({ when: { claim: 'groups', equals: 'a', glob: 'b' } })],
    at: 'access rule "r" when',
    says: /exactly one/,
  },
  'equals with a list': {
    rules: [rule({ when: { claim: 'groups', equals: ['a', 'b'] } })],
    at: 'access rule "r" when.equals',
    says: /anyOf/,
  },
  'a value that is an object': {
    rules: [rule({ when: { claim: 'groups', anyOf: ['a', {}] } })],
    at: 'access rule "r" when.anyOf.1',
    says: /a text/,
  },
  'an empty value': {
    rules: [rule({ when: { claim: 'groups', equals: '' } })],
    at: 'access rule "r" when.equals',
    says: /a text/,
  },
  'a long value': {
    rules: [rule({ when: { claim: 'groups', glob: 'x'.repeat(257) } })],
    at: 'access rule "r" when.glob',
    says: /256/,
  },
  'a fault deep inside': {
    rules: [
      rule({ when: { any: [{ email: 'a@b.example' }, { all: [{ not: { email: 'x' } }] }] } }),
    ],
    at: 'access rule "r" when.any.1.all.0.not.email',
    says: /e-mail address/,
  },
  'all of nothing': {
    rules: [rule({ when: { all: [] } })],
    at: 'access rule "r" when.all',
    says: /at least one/,
  },
  'conditions nested too deep': {
    rules: [rule({ when: nested(9) })],
    at: `access rule "r" when${'.not'.repeat(9)}`,
    says: /nested/,
  },
}

for (const [name, { rules, at, says }] of Object.entries(FAULTS)) {
  test(`access rules: ${name} is a fault that names the rule and the member`, () => {
    const { faults } = resolveRules(rules)
    assert.equal(faults.length, 1, faults.join('\n'))
    const [fault = ''] = faults
    assert.ok(fault.startsWith(`CONFIG_FILE ${at}: `), fault)
    assert.match(fault, says)
    assert.ok(!fault.includes(SECRET), fault)
  })
}

test('access rules: all faults are reported together', () => {
  const { faults } = resolveRules([
    rule({ effect: 'x', resources: ['x'], scopes: ['x'], when: { any: [{}, { email: 'x' }] } }),
  ])
  assert.equal(faults.length, 5, faults.join('\n'))
})

test('access rules: every member in its plain and its full form is accepted', () => {
  const { faults } = resolveRules([
    rule({ when: nested(8) }),
    { name: 'x', effect: 'allow', resources: [CRM, WIKI], scopes: ['wiki:read', 'crm:write'] },
    {
      name: 'y',
      effect: 'deny',
      resources: ['*'],
      scopes: ['*'],
      when: { claim: 'level', anyOf: [1, true] },
    },
  ])
  assert.deepEqual(faults, [])
})
