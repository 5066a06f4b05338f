// The access policy as a table: rules, person, request → what the person gets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessSubject } from '../../../../src/domain/access/access-condition.ts'
import { CRM, CRM_ALIAS, policyOf, WIKI } from '../../../support/access-rules.ts'

type Rule = Readonly<Record<string, unknown>>

const person = (parts: Partial<AccessSubject> = {}): AccessSubject => ({ claims: {}, ...parts })
/** Whose provider vouches for the address and its domain. */
const verified = (email: string, accessClaims?: Rule): AccessSubject => ({
  claims: { email, email_verified: true },
  verifiedEmail: email,
  emailDomain: new URL(`http://${email.slice(email.lastIndexOf('@') + 1)}`).hostname,
  ...(accessClaims && { accessClaims }),
})
const unverified = (email: string, accessClaims?: Rule): AccessSubject =>
  person({ claims: { email, email_verified: false }, ...(accessClaims && { accessClaims }) })
/** A personal Google account with an address of the company: verified, but without `hd`. */
const personalGoogle = (email: string): AccessSubject =>
  person({ claims: { email, email_verified: true }, verifiedEmail: email })
const having = (accessClaims: Rule) => person({ accessClaims })

const ALL = ['crm:read', 'crm:write']
const allow = (when?: unknown, rest: Rule = {}): Rule => ({
  name: 'allowed',
  ...(when === undefined ? {} : { when }),
  resources: ['*'],
  scopes: ['*'],
  ...rest,
})
const deny = (when?: unknown, rest: Rule = {}): Rule => ({
  name: 'denied',
  effect: 'deny',
  ...(when === undefined ? {} : { when }),
  ...rest,
})
const STAFF = allow({ emailDomain: ['example.com'] }, { name: 'staff' })
const WRITERS = allow(
  { claim: 'groups', anyOf: ['crm-admins', 'crm-*'] },
  { name: 'crm writers', resources: [CRM], scopes: ALL },
)
const READERS = allow(
  { claim: 'groups', anyOf: ['readers'] },
  { name: 'readers', scopes: ['crm:read'] },
)
const CONTRACTORS = deny({ claim: 'employment', equals: 'external' }, { name: 'contractors' })
const EVERYBODY = allow(undefined, { name: 'everybody' })
const POLICY = [STAFF, WRITERS, CONTRACTORS]

interface Case {
  readonly rules: readonly Rule[]
  readonly who: AccessSubject
  readonly resource?: string
  readonly scopes?: readonly string[]
  /** The scopes left, or the rule that refuses; `no rule`: none allows it. */
  readonly gets: readonly string[] | { readonly refusedBy: string }
}

const refusedBy = (rule: string) => ({ refusedBy: rule })
const NOBODY = refusedBy('no rule')

const CASES: Readonly<Record<string, Case>> = {
  // Without and with rules
  'no rules: everybody gets everything': { rules: [], who: person(), gets: ALL },
  'no rules: an unknown resource is not the policy’s to refuse': {
    rules: [],
    who: person(),
    resource: 'https://unknown.example/',
    gets: ALL,
  },
  'a rule without a condition is about everybody': { rules: [EVERYBODY], who: person(), gets: ALL },
  'a rule without resources and scopes is about all of them': {
    rules: [{ name: 'bare' }],
    who: person(),
    gets: ALL,
  },
  'a deny rule alone lets nobody in': { rules: [CONTRACTORS], who: person(), gets: NOBODY },
  'a deny rule for everybody beats every allow rule': {
    rules: [EVERYBODY, deny()],
    who: verified('ada@example.com'),
    gets: refusedBy('denied'),
  },
  'the order of rules does not matter': {
    rules: [deny(), EVERYBODY],
    who: person(),
    gets: refusedBy('denied'),
  },

  // The example of the documentation
  'staff may use the CRM': { rules: POLICY, who: verified('ada@example.com'), gets: ALL },
  'a stranger is refused': { rules: POLICY, who: verified('eve@evil.example'), gets: NOBODY },
  'a person without any claim is refused': { rules: POLICY, who: person(), gets: NOBODY },
  'a contractor of the same domain is denied by name': {
    rules: POLICY,
    who: verified('bob@example.com', { employment: 'external' }),
    gets: refusedBy('contractors'),
  },
  'an employee is not a contractor': {
    rules: POLICY,
    who: verified('bob@example.com', { employment: 'internal' }),
    gets: ALL,
  },
  'a member of a group that the pattern matches': {
    rules: POLICY,
    who: having({ groups: ['crm-sales'] }),
    gets: ALL,
  },
  'a group gives nothing at another MCP server': {
    rules: POLICY,
    who: having({ groups: ['crm-sales'] }),
    resource: WIKI,
    scopes: ['wiki:read'],
    gets: NOBODY,
  },
  'a group that only looks like it': {
    rules: POLICY,
    who: having({ groups: ['xcrm-sales'] }),
    gets: NOBODY,
  },

  // Scopes
  'scopes beyond the rule are left out': {
    rules: [READERS],
    who: having({ groups: ['readers'] }),
    gets: ['crm:read'],
  },
  'the scopes of all matching rules add up': {
    rules: [READERS, allow({ claim: 'level', equals: 2 }, { name: 'two', scopes: ['crm:write'] })],
    who: having({ groups: 'readers', level: 2 }),
    gets: ALL,
  },
  'scopes keep the order of the request': {
    rules: [EVERYBODY],
    who: person(),
    scopes: ['crm:write', 'openid', 'crm:read'],
    gets: ['crm:write', 'openid', 'crm:read'],
  },
  'nothing left of the request: refused': {
    rules: [READERS],
    who: having({ groups: ['readers'] }),
    scopes: ['crm:write'],
    gets: NOBODY,
  },
  'nothing left but OpenID Connect scopes: refused': {
    rules: [READERS],
    who: having({ groups: ['readers'] }),
    scopes: ['openid', 'offline_access', 'crm:write'],
    gets: NOBODY,
  },
  'OpenID Connect scopes need no rule of their own': {
    rules: [READERS],
    who: having({ groups: ['readers'] }),
    scopes: ['openid', 'email', 'profile', 'offline_access', 'crm:read'],
    gets: ['openid', 'email', 'profile', 'offline_access', 'crm:read'],
  },
  'a request for OpenID Connect scopes alone still needs a rule': {
    rules: [STAFF],
    who: person(),
    scopes: ['openid'],
    gets: NOBODY,
  },
  'a request without scopes needs a rule too': {
    rules: [STAFF],
    who: person(),
    scopes: [],
    gets: NOBODY,
  },
  'a deny rule with scopes takes these away': {
    rules: [STAFF, deny({ claim: 'groups', anyOf: ['interns'] }, { scopes: ['crm:write'] })],
    who: verified('ida@example.com', { groups: ['interns'] }),
    gets: ['crm:read'],
  },
  'a deny rule that takes the only requested scope is named': {
    rules: [STAFF, deny(undefined, { scopes: ['crm:write'] })],
    who: verified('ida@example.com'),
    scopes: ['crm:write'],
    gets: refusedBy('denied'),
  },
  'a scope that no rule names is not in the token, whatever the client asks': {
    rules: [READERS],
    who: having({ groups: ['readers'] }),
    scopes: ['crm:read', 'admin:all', '*'],
    gets: ['crm:read'],
  },

  'a denied person gets no OpenID Connect scopes either': {
    rules: [EVERYBODY, deny()],
    who: person(),
    scopes: ['openid', 'email'],
    gets: refusedBy('denied'),
  },
  'a denied person gets nothing for a request without scopes': {
    rules: [EVERYBODY, deny()],
    who: person(),
    scopes: [],
    gets: refusedBy('denied'),
  },

  // Resources
  'a rule for one MCP server is about its aliases': {
    rules: [WRITERS],
    who: having({ groups: ['crm-admins'] }),
    resource: CRM_ALIAS,
    gets: ALL,
  },
  'a rule that names an alias is about the MCP server': {
    rules: [allow(undefined, { resources: [CRM_ALIAS] })],
    who: person(),
    gets: ALL,
  },
  'a resource is compared in any equivalent spelling': {
    rules: [allow(undefined, { resources: ['HTTPS://MCP.example.com:443/crm/'] })],
    who: person(),
    gets: ALL,
  },
  'a deny rule for another MCP server does not count': {
    rules: [EVERYBODY, deny(undefined, { resources: [WIKI] })],
    who: person(),
    gets: ALL,
  },
  'a deny rule for this MCP server counts at its alias': {
    rules: [EVERYBODY, deny(undefined, { resources: [CRM] })],
    who: person(),
    resource: CRM_ALIAS,
    gets: refusedBy('denied'),
  },
  'a resource that is no URI gets only rules for all': {
    rules: [allow(undefined, { resources: [CRM] })],
    who: person(),
    resource: 'not a URI',
    gets: NOBODY,
  },

  // E-mail addresses
  'a listed address': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: verified('ada@example.com'),
    gets: ALL,
  },
  'an address in another case': {
    rules: [allow({ email: 'Ada@Example.com' })],
    who: verified('aDA@EXAMPLE.COM'),
    gets: ALL,
  },
  'an address that is not listed': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: verified('bob@example.com'),
    gets: NOBODY,
  },
  'an unverified address does not count': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: unverified('ada@example.com'),
    gets: NOBODY,
  },
  'an unverified address does not count for its domain': {
    rules: [STAFF],
    who: unverified('ada@example.com'),
    gets: NOBODY,
  },
  'an address that contains a listed one': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: verified('ada@example.com.evil.example'),
    gets: NOBODY,
  },
  'two @: the last one counts': {
    rules: [STAFF],
    who: person({ verifiedEmail: 'a@example.com@evil.example' }),
    gets: NOBODY,
  },
  'the Kelvin sign is no K': {
    rules: [allow({ email: ['kay@example.com'] })],
    who: verified('\u212Aay@example.com'),
    gets: NOBODY,
  },
  'a plus address is another address': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: verified('ada+x@example.com'),
    gets: NOBODY,
  },
  'a malformed address': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: person({ verifiedEmail: 'ada', claims: { email: 7 } }),
    gets: NOBODY,
  },
  'an unverified address of a denied domain is denied': {
    rules: [EVERYBODY, deny({ emailDomain: ['evil.example'] })],
    who: unverified('eve@evil.example'),
    gets: refusedBy('denied'),
  },
  'an unverified address that is denied is denied': {
    rules: [EVERYBODY, deny({ email: ['eve@evil.example'] })],
    who: unverified('EVE@evil.example'),
    gets: refusedBy('denied'),
  },

  // Domains
  'a personal Google account with an address of the company': {
    rules: [STAFF],
    who: personalGoogle('ada@example.com'),
    gets: NOBODY,
  },
  'a personal Google account by its address': {
    rules: [allow({ email: ['ada@example.com'] })],
    who: personalGoogle('ada@example.com'),
    gets: ALL,
  },
  'a personal Google account with an address of a denied domain': {
    rules: [EVERYBODY, deny({ emailDomain: 'evil.example' })],
    who: personalGoogle('eve@evil.example'),
    gets: refusedBy('denied'),
  },
  'a subdomain is another domain': {
    rules: [STAFF],
    who: verified('ada@mail.example.com'),
    gets: NOBODY,
  },
  'a longer domain with the same end': {
    rules: [STAFF],
    who: verified('ada@badexample.com'),
    gets: NOBODY,
  },
  '*. takes subdomains of any depth': {
    rules: [allow({ emailDomain: '*.example.com' })],
    who: verified('ada@a.b.example.com'),
    gets: ALL,
  },
  '*. does not take the domain itself': {
    rules: [allow({ emailDomain: '*.example.com' })],
    who: verified('ada@example.com'),
    gets: NOBODY,
  },
  '*. does not take a longer domain': {
    rules: [allow({ emailDomain: '*.example.com' })],
    who: verified('ada@badexample.com'),
    gets: NOBODY,
  },
  'an IDNA domain in the rule': {
    rules: [allow({ emailDomain: 'Bücher.example' })],
    who: verified('ada@xn--bcher-kva.example'),
    gets: ALL,
  },
  'an IDNA domain in the address': {
    rules: [allow({ emailDomain: 'xn--bcher-kva.example' })],
    who: verified('ada@BÜCHER.example'),
    gets: ALL,
  },
  'a lookalike domain': {
    rules: [STAFF],
    who: verified('ada@еxample.com'),
    gets: NOBODY,
  },
  'a domain in upper case, in the rule': {
    rules: [allow({ emailDomain: 'EXAMPLE.com' })],
    who: verified('ada@example.com'),
    gets: ALL,
  },
  'a guest of another organisation': {
    rules: [STAFF],
    who: unverified('guest_partner.example#EXT#@example.com'),
    gets: NOBODY,
  },
  'a guest by claim is denied': {
    rules: [STAFF, deny({ claim: 'level', equals: 1 }, { name: 'guests' })],
    who: verified('guest@example.com', { level: '1' }),
    gets: refusedBy('guests'),
  },

  // Claims
  'equals is about the whole value': {
    rules: [allow({ claim: 'employment', equals: 'intern' })],
    who: having({ employment: 'internal' }),
    gets: NOBODY,
  },
  'equals tells case apart': {
    rules: [allow({ claim: 'employment', equals: 'internal' })],
    who: having({ employment: 'Internal' }),
    gets: NOBODY,
  },
  'equals takes * as it is written': {
    rules: [allow({ claim: 'employment', equals: '*' })],
    who: having({ employment: 'internal' }),
    gets: NOBODY,
  },
  'of a list, one value is enough': {
    rules: [allow({ claim: 'groups', equals: 'b' })],
    who: having({ groups: ['a', 'b'] }),
    gets: ALL,
  },
  'true as text is true': {
    rules: [allow({ claim: 'admin', equals: true })],
    who: having({ admin: 'true' }),
    gets: ALL,
  },
  'false is not true': {
    rules: [allow({ claim: 'admin', equals: true })],
    who: having({ admin: false }),
    gets: NOBODY,
  },
  'a glob with several stars': {
    rules: [allow({ claim: 'groups', glob: 'team-*-eu-*' })],
    who: having({ groups: ['team-a-eu-1'] }),
    gets: ALL,
  },
  'a glob is about the whole value': {
    rules: [allow({ claim: 'groups', glob: 'a*b*c' })],
    who: having({ groups: ['abcd', 'xabc'] }),
    gets: NOBODY,
  },
  'the star of a glob may stand for nothing, and its ends do not overlap': {
    rules: [allow({ claim: 'groups', glob: ['ab*ba'] })],
    who: having({ groups: ['aba'] }),
    gets: NOBODY,
  },
  'other signs of a glob stand for themselves': {
    rules: [allow({ claim: 'groups', glob: 'a.c?[x]' })],
    who: having({ groups: ['abcd[x]', 'abcx'] }),
    gets: NOBODY,
  },
  'glob * means that the claim has a value': {
    rules: [allow({ claim: 'groups', glob: '*' })],
    who: having({ groups: [] }),
    gets: NOBODY,
  },
  'a claim of this name that only the standard claims have': {
    rules: [allow({ claim: 'groups', equals: 'x' })],
    who: person({ claims: { groups: 'x' } }),
    gets: NOBODY,
  },
  'a member that every object inherits is no claim': {
    rules: [allow({ not: { claim: '__proto__', equals: 'x' } })],
    who: having({}),
    gets: NOBODY,
  },

  'a member that every object inherits denies nobody': {
    rules: [EVERYBODY, deny({ claim: '__proto__', equals: 'x' })],
    who: having({}),
    gets: ALL,
  },

  // Missing and malformed claims
  'allow: a missing claim does not match': {
    rules: [allow({ claim: 'employment', equals: 'internal' })],
    who: having({}),
    gets: NOBODY,
  },
  'allow: not over a missing claim does not let in': {
    rules: [allow({ not: { claim: 'employment', equals: 'external' } })],
    who: having({}),
    gets: NOBODY,
  },
  'allow: not over null, which is missing, does not let in': {
    rules: [allow({ not: { claim: 'employment', equals: 'external' } })],
    who: having({ employment: null }),
    gets: NOBODY,
  },
  'allow: not over a claim with another value lets in': {
    rules: [allow({ not: { claim: 'employment', equals: 'external' } })],
    who: having({ employment: 'internal' }),
    gets: ALL,
  },
  'allow: not over an empty list lets in': {
    rules: [allow({ not: { claim: 'groups', anyOf: ['blocked'] } })],
    who: having({ groups: [] }),
    gets: ALL,
  },
  'allow: not not over a missing claim does not let in': {
    rules: [allow({ not: { not: { claim: 'employment', equals: 'internal' } } })],
    who: having({}),
    gets: NOBODY,
  },
  'allow: not over an unverified address does not let in': {
    rules: [allow({ not: { emailDomain: ['evil.example'] } })],
    who: unverified('eve@evil.example'),
    gets: NOBODY,
  },
  'allow: not over no address does not let in': {
    rules: [allow({ not: { email: ['eve@evil.example'] } })],
    who: person(),
    gets: NOBODY,
  },
  'allow: not over a malformed claim does not let in': {
    rules: [allow({ not: { claim: 'groups', anyOf: ['blocked'] } })],
    who: having({ groups: { blocked: true } }),
    gets: NOBODY,
  },
  'deny: a missing claim does not match': {
    rules: [EVERYBODY, CONTRACTORS],
    who: having({}),
    gets: ALL,
  },
  'deny: not over a missing claim denies': {
    rules: [EVERYBODY, deny({ not: { claim: 'employment', equals: 'internal' } })],
    who: having({}),
    gets: refusedBy('denied'),
  },
  'deny: not over a missing address denies': {
    rules: [EVERYBODY, deny({ not: { emailDomain: ['example.com'] } })],
    who: person(),
    gets: refusedBy('denied'),
  },
  'deny: not over an unverified address denies': {
    rules: [EVERYBODY, deny({ not: { emailDomain: ['example.com'] } })],
    who: unverified('ada@example.com'),
    gets: refusedBy('denied'),
  },
  'deny: a malformed claim denies': {
    rules: [EVERYBODY, CONTRACTORS],
    who: having({ employment: { type: 'internal' } }),
    gets: refusedBy('contractors'),
  },
  'deny: not over a malformed claim denies': {
    rules: [EVERYBODY, deny({ not: { claim: 'groups', anyOf: ['staff'] } })],
    who: having({ groups: [{ name: 'staff' }] }),
    gets: refusedBy('denied'),
  },
  'allow: a list with one good and one malformed value': {
    rules: [allow({ claim: 'groups', anyOf: ['staff'] })],
    who: having({ groups: [{}, 'staff'] }),
    gets: ALL,
  },
  'deny: a list with a malformed value denies': {
    rules: [EVERYBODY, deny({ claim: 'groups', anyOf: ['blocked'] })],
    who: having({ groups: ['staff', ['blocked']] }),
    gets: refusedBy('denied'),
  },

  // all, any, not
  'all needs each condition': {
    rules: [allow({ all: [{ emailDomain: 'example.com' }, { claim: 'groups', anyOf: ['a'] }] })],
    who: verified('ada@example.com', { groups: ['b'] }),
    gets: NOBODY,
  },
  'any needs one condition': {
    rules: [allow({ any: [{ claim: 'groups', equals: 'a' }, { emailDomain: 'example.com' }] })],
    who: verified('ada@example.com'),
    gets: ALL,
  },
  'deny: all with one part unknown and the rest true denies': {
    rules: [
      EVERYBODY,
      deny({
        all: [
          { claim: 'groups', equals: 'a' },
          { claim: 'employment', equals: 'external' },
        ],
      }),
    ],
    who: having({ groups: ['a'], employment: {} }),
    gets: refusedBy('denied'),
  },
  'deny: a claim that the provider no longer tells denies': {
    rules: [EVERYBODY, CONTRACTORS],
    who: person({ unknownClaims: ['employment'] }),
    gets: refusedBy('contractors'),
  },
  'deny: not over a claim that the provider no longer tells denies': {
    rules: [EVERYBODY, deny({ not: { claim: 'employment', equals: 'internal' } })],
    who: person({ unknownClaims: ['employment'] }),
    gets: refusedBy('denied'),
  },
  'deny: a claim that the provider tells again is what counts': {
    rules: [EVERYBODY, CONTRACTORS],
    who: person({ accessClaims: { employment: 'internal' }, unknownClaims: ['groups'] }),
    gets: ALL,
  },
  'allow: a claim that the provider no longer tells does not let in, nor does not over it': {
    rules: [WRITERS, allow({ not: { claim: 'groups', equals: 'blocked' } })],
    who: person({ unknownClaims: ['groups'] }),
    gets: refusedBy('no rule'),
  },
  'deny: an address that the provider no longer tells denies': {
    rules: [EVERYBODY, deny({ email: ['eve@evil.example'] })],
    who: person({ isAddressUnknown: true }),
    gets: refusedBy('denied'),
  },
  'deny: the domain of an address that the provider no longer tells denies': {
    rules: [EVERYBODY, deny({ emailDomain: ['evil.example'] })],
    who: person({ isAddressUnknown: true }),
    gets: refusedBy('denied'),
  },
  'allow: not over an address that the provider no longer tells does not let in': {
    rules: [allow({ not: { emailDomain: ['evil.example'] } })],
    who: person({ isAddressUnknown: true }),
    gets: refusedBy('no rule'),
  },
  'deny: all with one part false does not deny, whatever else is malformed': {
    rules: [
      EVERYBODY,
      deny({
        all: [
          { claim: 'employment', equals: 'x' },
          { claim: 'groups', equals: 'a' },
        ],
      }),
    ],
    who: having({ groups: ['b'], employment: {} }),
    gets: ALL,
  },
}

for (const [name, { rules, who, resource = CRM, scopes = ALL, gets }] of Object.entries(CASES)) {
  test(`policy: ${name}`, () => {
    const decision = policyOf(rules).decide(who, resource, scopes)
    const expected =
      'refusedBy' in gets
        ? { kind: 'refused', rule: gets.refusedBy === 'no rule' ? undefined : gets.refusedBy }
        : { kind: 'allowed', scopes: gets }
    const { kind } = decision
    const actual = kind === 'allowed' ? { kind, scopes: decision.scopes } : decision
    assert.deepEqual(actual, expected)
  })
}

test('the table has at least 60 cases', () => {
  assert.ok(Object.keys(CASES).length >= 60, `${Object.keys(CASES).length}`)
})

test('a decision names the rules that allow it', () => {
  const both = verified('ada@example.com', { groups: ['crm-admins'] })
  const decision = policyOf(POLICY).decide(both, CRM, ALL)
  assert.deepEqual(decision.kind === 'allowed' && decision.rules, ['staff', 'crm writers'])
})

test('a pattern with many stars over a long value takes no time', () => {
  const policy = policyOf([allow({ claim: 'groups', glob: `${'a*'.repeat(100)}b` })])
  const groups = ['a'.repeat(15_000), `${'a'.repeat(15_000)}c`]
  const startedAtMs = performance.now()
  assert.equal(policy.decide(having({ groups }), CRM, ALL).kind, 'refused')
  assert.ok(performance.now() - startedAtMs < 100)
})
