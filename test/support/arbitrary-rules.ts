// Arbitrary access rules, and people about whom they may say something.
import fc from 'fast-check'
import { CRM, CRM_ALIAS, WIKI } from './access-rules.ts'

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
export const body = fc.record(
  {
    when: condition,
    resources: fc.constantFrom(['*'], [CRM], [CRM_ALIAS], [CRM, WIKI]),
    scopes: fc.oneof(fc.constant(['*']), fc.uniqueArray(scope, { minLength: 1 })),
  },
  { requiredKeys: [] },
)
export const rules = (effect: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(effect, body), { maxLength: 5 })
    .map((list) => list.map(([kind, rest], i) => ({ name: `${kind} ${i}`, effect: kind, ...rest })))

const value = fc.oneof(
  word,
  fc.boolean(),
  fc.constantFrom(null, {}, 7, []),
  fc.array(fc.oneof(word, fc.constant({}))),
)
export const subject = fc.record(
  {
    claims: fc.record({ email }, { requiredKeys: [] }),
    verifiedEmail: email,
    emailDomain: fc.constantFrom('example.com', 'evil.example'),
    accessClaims: fc.dictionary(claim, value),
  },
  { requiredKeys: ['claims'] },
)
export const resource = fc.constantFrom(CRM, CRM_ALIAS, WIKI)
export const scopes = fc.uniqueArray(
  fc.constantFrom<string>('openid', 'email', 'crm:read', 'crm:write', 'wiki:read', 'other'),
)

export const mixed = rules(fc.constantFrom('allow', 'deny')).filter((list) => list.length > 0)
