// One set of rules, and people whom it treats differently: each at sign-in, in a browser that was signed in before the upstream
// said so about them, and at a refresh after it did. test/unit/domain/access has the rules themselves.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { type Identity, parseIdentity } from '../../../src/upstream/identity.ts'
import { allowAs, type ChosenPerson, createChosenPerson } from '../../support/chosen-person.ts'
import {
  buildAuthorization,
  type Client,
  claimsOf,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../../support/journey.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const CRM = 'https://crm.example/mcp'
const ALL = ['crm:read', 'crm:write']
const READ = ['crm:read']

const RULES = [
  { name: 'staff', when: { emailDomain: ['example.com', 'Bücher.example', '*.corp.example'] } },
  { name: 'invited', when: { email: 'Guest@partner.example' }, scopes: READ },
  { name: 'writers', when: { claim: 'groups', anyOf: ['crm-writers', 'crm-admin-*'] } },
  { name: 'readers', when: { claim: 'groups', anyOf: ['crm-readers'] }, scopes: READ },
  {
    name: 'not external',
    when: {
      all: [{ claim: 'level', equals: 3 }, { not: { claim: 'employment', equals: 'external' } }],
    },
  },
  { name: 'contractors', effect: 'deny', when: { claim: 'employment', equals: 'contractor' } },
  {
    name: 'interns',
    effect: 'deny',
    when: { claim: 'groups', anyOf: ['interns'] },
    scopes: ['crm:write'],
  },
  { name: 'blocked', effect: 'deny', when: { emailDomain: 'blocked.example' } },
]

type Claims = Readonly<Record<string, unknown>>

const verified = (email: string, rest: Claims = {}) => ({ email, email_verified: true, ...rest })

/** What the upstream says, and the scopes that are left, or the rule that refuses; null: no rule allows it. */
const PEOPLE: Readonly<Record<string, [Claims, readonly string[] | string | null]>> = {
  'a colleague': [verified('ada@example.com'), ALL],
  'a colleague in upper case': [verified('ADA@EXAMPLE.COM'), ALL],
  'an unverified address of the domain': [
    { email: 'ada@example.com', email_verified: false },
    null,
  ],
  'an address that nobody speaks about': [{ email: 'ada@example.com' }, null],
  'an address whose verification is no boolean': [
    verified('ada@example.com', { email_verified: 1 }),
    null,
  ],
  'a subdomain that is not listed': [verified('ada@mail.example.com'), null],
  'a subdomain of *.': [verified('ada@eu.corp.example'), ALL],
  'the domain behind *.': [verified('ada@corp.example'), null],
  'a domain that ends alike': [verified('ada@notexample.com'), null],
  'an IDNA domain': [verified('ada@bücher.example'), ALL],
  'an IDNA domain in ASCII': [verified('ada@XN--bcher-kva.example'), ALL],
  'a lookalike of the domain': [verified('ada@exаmple.com'), null],
  'a guest by address': [verified('guest@partner.example'), READ],
  'another guest of the partner': [verified('other@partner.example'), null],
  'a personal account with an address of the domain': [
    verified('ada@example.com', { hd: undefined, personal: true }),
    null,
  ],
  'a writer': [{ groups: ['x', 'crm-writers'] }, ALL],
  'a writer by pattern': [{ groups: 'crm-admin-eu' }, ALL],
  'a reader': [{ groups: ['crm-readers'] }, READ],
  'a reader who is staff': [verified('ada@example.com', { groups: ['crm-readers'] }), ALL],
  'groups in another case': [{ groups: ['CRM-Readers'] }, null],
  'groups as an object': [{ groups: { 'crm-writers': true } }, null],
  'groups with something unreadable among them': [{ groups: ['crm-readers', {}] }, READ],
  'staff with unreadable groups': [verified('ada@example.com', { groups: {} }), READ],
  'an intern': [verified('ada@example.com', { groups: ['interns'] }), READ],
  'a contractor': [verified('ada@example.com', { employment: 'contractor' }), 'contractors'],
  'staff with an unreadable employment': [
    verified('ada@example.com', { employment: {} }),
    'contractors',
  ],
  'an employee of level 3': [{ level: 3, employment: 'internal' }, ALL],
  'level 3 as text': [{ level: '3', employment: 'internal' }, ALL],
  'level 3 and external': [{ level: 3, employment: 'external' }, null],
  'level 3 whose employment is missing': [{ level: 3 }, null],
  'level 3 whose employment is null': [{ level: 3, employment: null }, null],
  'a blocked domain': [verified('eve@blocked.example', { groups: ['crm-writers'] }), 'blocked'],
  'a blocked domain, not verified': [
    { email: 'eve@blocked.example', groups: ['crm-writers'] },
    'blocked',
  ],
  'a person without any claim': [{}, null],
}

const SOURCES = { groups: 'groups', employment: 'employment', level: 'level' }

function identityOf(claims: Claims): Identity {
  const rules = {
    protocol: 'openid',
    subjectClaims: ['sub'],
    verifiedEmail: 'claim',
    tenants: undefined,
    accessClaims: SOURCES,
  } as const
  const asserted = { sub: 'person-1', name: 'Ida', ...claims }
  // Google vouches for the domain of an account only if the Workspace manages it.
  const vouching = claims['personal'] === true ? { ...rules, emailDomainClaim: 'hd' } : rules
  return parseIdentity(asserted, {}, vouching)
}

const STAFF = identityOf(verified('ida@example.com'))

let person: ChosenPerson
let server: TestServer
let client: Client
before(async () => {
  person = createChosenPerson(STAFF)
  server = await startTestServer({
    env: { RESOURCES: '' },
    file: {
      resourceServers: [{ resource: CRM, scopes: { 'crm:read': 'Read', 'crm:write': 'Write' } }],
      access: { claims: SOURCES, rules: RULES },
    },
    overrides: { relyingParty: person.relyingParty },
  })
  client = await register(server.issuer)
})
after(() => server.close())

const build = () =>
  buildAuthorization(server.issuer, client, { scope: ALL.join(' '), prompt: 'consent' })
const until = isAnswer(REDIRECT_URI)

async function obtainTokens(agent = createUserAgent()) {
  const authorization = build()
  const { url, status } = await allowAs(authorization, agent)
  if (status === 403) return undefined
  const { codeVerifier } = authorization
  return (await redeem(server.issuer, client, { answer: new URL(url), codeVerifier })).body
}

const scopesOf = (tokens: Claims | undefined) =>
  tokens?.['access_token'] && String(claimsOf(tokens['access_token'])['scope']).split(' ')

function lastRefusal(from: number): { rule?: string } | undefined {
  const lines = server.logLines.slice(from).map((line) => JSON.parse(line))
  return lines.findLast(({ audit }) => audit === 'access_refused')
}

for (const [name, [claims, gets]] of Object.entries(PEOPLE)) {
  const expected = Array.isArray(gets) ? gets.join(' and ') : 'nothing'
  test(`${name} gets ${expected}: at sign-in, in a signed-in browser and at a refresh`, async () => {
    person.identity = STAFF
    const agent = createUserAgent()
    const tokens = await obtainTokens(agent)
    assert.deepEqual(scopesOf(tokens), ALL, 'positive control')

    person.identity = identityOf(claims)
    const from = server.logLines.length
    assert.deepEqual(
      scopesOf(await obtainTokens()),
      Array.isArray(gets) ? gets : undefined,
      'sign-in',
    )
    const refusal = lastRefusal(from)
    assert.equal(refusal === undefined, Array.isArray(gets))
    if (!Array.isArray(gets)) assert.equal(refusal?.rule ?? null, gets)

    const page = await agent.open(build().url, { until })
    if (Array.isArray(gets)) {
      for (const scope of ALL) assert.equal(page.body.includes(scope), gets.includes(scope), scope)
    } else assert.equal(page.status, 403, 'signed-in browser')

    const refreshed = await refresh(server.issuer, client, tokens?.['refresh_token'])
    assert.deepEqual(scopesOf(refreshed.body), Array.isArray(gets) ? gets : undefined, 'refresh')
    if (!Array.isArray(gets)) assert.equal(refreshed.body['error'], 'invalid_grant')
  })
}
