// Whatever the rules and the person: a deny rule never widens access, and no scope comes from outside the rules.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccessDecision } from '../../../../src/domain/access/access-policy.ts'
import { explainAccess } from '../../../../src/domain/access/explain-access.ts'
import { isOidcScope } from '../../../../src/oauth/scopes.ts'
import { policyOf, RULE_SERVERS, readRules } from '../../../support/access-rules.ts'
import { body, mixed, resource, rules, scopes, subject } from '../../../support/arbitrary-rules.ts'

const scopesOf = (decision: AccessDecision) =>
  decision.kind === 'allowed' ? decision.scopes : undefined

/** Whether `left` allows nothing that `right` does not. */
function isWithin(left: AccessDecision, right: AccessDecision): boolean {
  const wider = scopesOf(right)
  const narrower = scopesOf(left)
  if (narrower === undefined) return true
  return wider !== undefined && narrower.every((one) => wider.includes(one))
}

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
  let granted = 0
  fc.assert(
    fc.property(mixed, subject, resource, scopes, (list, who, uri, asked) => {
      const decision = policyOf(list).decide(who, uri, asked)
      if (decision.kind === 'refused') return
      assert.ok(decision.scopes.every((one) => asked.includes(one)))
      const { mayUse, mayHave } = readRules(list, who, uri)
      assert.ok(mayUse)
      for (const one of decision.scopes.filter((name) => !isOidcScope(name))) {
        assert.ok(mayHave(one), one)
        granted += 1
      }
    }),
    RUNS,
  )
  assert.ok(granted > 10, `${granted} scopes were looked at`)
})

test('a person who may use an MCP server by the rules about it is not refused for those about others', () => {
  fc.assert(
    fc.property(mixed, subject, resource, scopes, (list, who, uri, asked) => {
      const { mayUse, mayHave } = readRules(list, who, uri)
      const needed = asked.filter((one) => !isOidcScope(one))
      const isLeft = needed.length === 0 || needed.some(mayHave)
      const { kind } = policyOf(list).decide(who, uri, asked)
      assert.equal(kind, mayUse && isLeft ? 'allowed' : 'refused')
    }),
    RUNS,
  )
})

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
