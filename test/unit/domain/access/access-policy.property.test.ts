// Whatever the rules and the person: a deny rule never widens access, and no scope comes from outside the rules.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccessDecision } from '../../../../src/domain/access/access-policy.ts'
import { explainAccess } from '../../../../src/domain/access/explain-access.ts'
import { isOidcScope } from '../../../../src/oauth/scopes.ts'
import { CRM, CRM_ALIAS, policyOf, RULE_SERVERS, WIKI } from '../../../support/access-rules.ts'

const email = fc.constantFrom(
  'ada@example.com',
  'bob@example.com',
  'eve@evil.example',
  'x@a.evil.example',
)
const domain = fc.constantFrom('example.com', 'evil.example', '*.evil.example')
const word = fc.constantFrom('a', 'b', 'ab', 'true')
const claim = fc.constantFrom('groups', 'employment', 'level')

const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc.record({ email }),
      fc.record({ emailDomain: domain }),
      fc.record({ claim, equals: word }),
      fc.record({ claim, anyOf: fc.array(word, { minLength: 1 }) }),
      fc.record({ claim, glob: fc.constantFrom('*', 'a*', '*b') }),
    ),
    fc.record({ not: tie('condition') }),
    fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
  ),
}))

const scope = fc.constantFrom('crm:read', 'crm:write')
const body = fc.record(
  {
    when: condition,
    resources: fc.constantFrom(['*'], [CRM], [CRM_ALIAS], [CRM, WIKI]),
    scopes: fc.oneof(fc.constant(['*']), fc.uniqueArray(scope, { minLength: 1 })),
  },
  { requiredKeys: [] },
)
const rules = (effect: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(effect, body), { maxLength: 5 })
    .map((list) => list.map(([kind, rest], i) => ({ name: `${kind} ${i}`, effect: kind, ...rest })))

const value = fc.oneof(
  word,
  fc.boolean(),
  fc.constantFrom(null, {}, 7, []),
  fc.array(fc.oneof(word, fc.constant({}))),
)
const subject = fc.record(
  {
    claims: fc.record({ email }, { requiredKeys: [] }),
    verifiedEmail: email,
    emailDomain: fc.constantFrom('example.com', 'evil.example'),
    accessClaims: fc.dictionary(claim, value),
  },
  { requiredKeys: ['claims'] },
)
const resource = fc.constantFrom(CRM, CRM_ALIAS, WIKI)
const scopes = fc.uniqueArray(
  fc.constantFrom<string>('openid', 'email', 'crm:read', 'crm:write', 'wiki:read', 'other'),
)

const scopesOf = (decision: AccessDecision) =>
  decision.kind === 'allowed' ? decision.scopes : undefined

/** Whether `left` allows nothing that `right` does not. */
function isWithin(left: AccessDecision, right: AccessDecision): boolean {
  const wider = scopesOf(right)
  const narrower = scopesOf(left)
  if (narrower === undefined) return true
  return wider !== undefined && narrower.every((one) => wider.includes(one))
}

const mixed = rules(fc.constantFrom('allow', 'deny')).filter((list) => list.length > 0)
const RUNS = { numRuns: 400 }

test('adding a deny rule never widens access, wherever it is added', () => {
  const added = body.map((rest) => ({ name: 'added', effect: 'deny', ...rest }))
  fc.assert(
    fc.property(
      mixed,
      added,
      fc.nat(5),
      subject,
      resource,
      scopes,
      (list, deny, at, who, uri, asked) => {
        const before = policyOf(list).decide(who, uri, asked)
        const after = policyOf(list.toSpliced(at, 0, deny)).decide(who, uri, asked)
        assert.ok(isWithin(after, before))
      },
    ),
    RUNS,
  )
})

test('removing an allow rule never widens access, as long as one rule is left', () => {
  const allowed = body.map((rest) => ({ name: 'removed', effect: 'allow', ...rest }))
  fc.assert(
    fc.property(mixed, allowed, subject, resource, scopes, (list, more, who, uri, asked) => {
      const before = policyOf([...list, more]).decide(who, uri, asked)
      assert.ok(isWithin(policyOf(list).decide(who, uri, asked), before))
    }),
    RUNS,
  )
})

test('every scope of a decision was asked for, and a rule about this MCP server names it', () => {
  fc.assert(
    fc.property(mixed, subject, resource, scopes, (list, who, uri, asked) => {
      const policy = policyOf(list)
      const decision = policy.decide(who, uri, asked)
      if (decision.kind === 'refused') return
      assert.ok(decision.scopes.every((one) => asked.includes(one)))
      const counted = policy.match(who).filter(({ applies }) => applies)
      const named = counted.filter(({ rule }) => rule.effect === 'allow')
      assert.ok(named.length > 0)
      for (const one of decision.scopes.filter((name) => !isOidcScope(name))) {
        assert.ok(
          named.some(({ rule }) => rule.scopes === '*' || rule.scopes.has(one)),
          one,
        )
        assert.ok(!counted.some(({ rule }) => rule.effect === 'deny' && isAboutAll(rule)), one)
      }
    }),
    RUNS,
  )
})

const isAboutAll = (rule: { resources: unknown; scopes: unknown }) =>
  rule.resources === '*' && rule.scopes === '*'

test('a person of whom less is known never gets more than by an allow rule alone', () => {
  const only = rules(fc.constant('allow')).filter((list) => list.length > 0)
  fc.assert(
    fc.property(only, subject, resource, scopes, (list, who, uri, asked) => {
      const policy = policyOf(list)
      const stranger = policy.decide({ claims: {} }, uri, asked)
      assert.ok(isWithin(stranger, policy.decide(who, uri, asked)))
    }),
    RUNS,
  )
})

test('an explanation says what a decision says, for each MCP server', () => {
  fc.assert(
    fc.property(mixed, subject, (list, who) => {
      const policy = policyOf(list)
      const explained = explainAccess({ policy, servers: RULE_SERVERS, subject: who })
      assert.deepEqual(
        explained.rules.map(({ name }) => name),
        list.map(({ name }) => name),
      )
      for (const { resource: uri, ...decision } of explained.resources) {
        const server = RULE_SERVERS.find((one) => one.resource === uri)
        const asked = Object.keys(server?.scopes ?? {})
        assert.deepEqual(decision, policy.decide(who, uri, asked))
      }
    }),
    RUNS,
  )
})
