// One set of rules, and people whom it treats differently: each at sign-in, in a browser that was signed in before the upstream
// said so about them, and at a refresh after it did, by another sign-in or by re-validation. test/unit/domain/access has the rules themselves.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { type Identity, type IdentityRules, parseIdentity } from '../../../src/upstream/identity.ts'
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
  { name: 'guests', effect: 'deny', when: { claim: 'accountType', equals: 1 } },
  { name: 'by role', when: { claim: 'roles', equals: 'crm-reader' }, scopes: READ },
  { name: 'suspended', effect: 'deny', when: { claim: 'roles', equals: 'suspended' } },
]

type Claims = Readonly<Record<string, unknown>>

const verified = (email: string, rest: Claims = {}) => ({ email, email_verified: true, ...rest })

/** Which addresses count, by the preset. */
type Provider = 'claim' | 'google' | 'entra' | 'never'

type Expected = readonly string[] | string | null
const gets = (expected: Expected, claims: Claims, provider: Provider = 'claim') => ({
  claims,
  expected,
  provider,
})
const getsAll = (claims: Claims, provider?: Provider) => gets(ALL, claims, provider)
const getsRead = (claims: Claims) => gets(READ, claims)
/** No rule allows them. */
const getsNothing = (claims: Claims, provider?: Provider) => gets(null, claims, provider)
const refusedBy = (rule: string, claims: Claims, provider?: Provider) =>
  gets(rule, claims, provider)

/** What the upstream says, and the scopes that are left, or the rule that refuses. */
const PEOPLE: Readonly<Record<string, ReturnType<typeof gets>>> = {
  // By address.
  'a colleague': getsAll(verified('ada@example.com')),
  'a colleague in upper case': getsAll(verified('ADA@EXAMPLE.COM')),
  'an unverified address of the domain': getsNothing({
    email: 'ada@example.com',
    email_verified: false,
  }),
  'an address that nobody speaks about': getsNothing({ email: 'ada@example.com' }),
  'an address whose verification is a number': getsNothing(
    verified('ada@example.com', { email_verified: 1 }),
  ),
  'an address whose verification is the text true': getsAll(
    verified('ada@example.com', { email_verified: 'true' }),
  ),
  'an address whose verification is another text': getsNothing(
    verified('ada@example.com', { email_verified: 'TRUE' }),
  ),
  'a subdomain that is not listed': getsNothing(verified('ada@mail.example.com')),
  'a subdomain of *.': getsAll(verified('ada@eu.corp.example')),
  'a subdomain of a subdomain of *.': getsAll(verified('ada@a.eu.corp.example')),
  'the domain behind *.': getsNothing(verified('ada@corp.example')),
  'a domain that ends alike': getsNothing(verified('ada@notexample.com')),
  'a domain that begins alike': getsNothing(verified('ada@example.com.evil.example')),
  'a domain with a final dot': getsAll(verified('ada@example.com.')),
  'an IDNA domain': getsAll(verified('ada@bücher.example')),
  'an IDNA domain in upper case': getsAll(verified('ada@BÜCHER.example')),
  'an IDNA domain in ASCII': getsAll(verified('ada@XN--bcher-kva.example')),
  'an IDNA domain with a combining sign': getsAll(verified('ada@bu\u0308cher.example')),
  'the same letters without the sign': getsNothing(verified('ada@bucher.example')),
  'a lookalike of the domain': getsNothing(verified('ada@exаmple.com')),
  'two at signs': getsNothing(verified('ada@evil.example@example.com')),
  'an at sign in quotes': getsNothing(verified('"ada@evil.example"@example.com')),
  'a path after the domain': getsNothing(verified('ada@evil.example/example.com')),
  'a percent sign in the domain': getsNothing(verified('ada@ex%61mple.com')),
  'an address without a local part': getsNothing(verified('@example.com')),
  'an address without a domain': getsNothing(verified('ada')),
  'an address with a space before it': getsNothing(verified(' ada@example.com')),
  'the address of a machine': getsNothing(verified('ada@[127.0.0.1]')),
  'an address as a list': getsNothing({ email: ['ada@example.com'], email_verified: true }),
  // Guests.
  'a guest by address': getsRead(verified('guest@partner.example')),
  'a guest by address in upper case': getsRead(verified('GUEST@partner.EXAMPLE')),
  'a guest with a tag': getsNothing(verified('guest+x@partner.example')),
  'a guest with a letter that folds to s': getsNothing(verified('gue\u017ft@partner.example')),
  'a guest whose address is not verified': getsNothing({ email: 'guest@partner.example' }),
  'another guest of the partner': getsNothing(verified('other@partner.example')),
  'a guest account with an address of the domain': refusedBy(
    'guests',
    verified('ada@example.com', { acct: 1 }),
  ),
  'a guest account as text': refusedBy('guests', verified('ada@example.com', { acct: '1' })),
  'a guest account among others': refusedBy(
    'guests',
    verified('ada@example.com', { acct: [0, 1] }),
  ),
  'an account type that cannot be read': refusedBy(
    'guests',
    verified('ada@example.com', { acct: {} }),
  ),
  'a member account': getsAll(verified('ada@example.com', { acct: 0 })),
  'an account type that is null': getsAll(verified('ada@example.com', { acct: null })),
  // Providers.
  'a personal Google account with an address of the domain': getsNothing(
    verified('ada@example.com'),
    'google',
  ),
  'a Workspace account of the domain': getsAll(
    verified('ada@example.com', { hd: 'EXAMPLE.com' }),
    'google',
  ),
  'a Workspace account of another domain': getsNothing(
    verified('ada@example.com', { hd: 'other.example' }),
    'google',
  ),
  'a personal Google account with a blocked address': refusedBy(
    'blocked',
    verified('eve@blocked.example', { groups: ['crm-writers'] }),
    'google',
  ),
  'an Entra account whose domain is verified': getsAll(
    { email: 'ada@example.com', xms_edov: '1' },
    'entra',
  ),
  'an Entra account whose domain is not': getsNothing(
    verified('ada@example.com', { xms_edov: false }),
    'entra',
  ),
  'an account of a provider whose addresses never count': getsNothing(
    verified('ada@example.com'),
    'never',
  ),
  // Groups.
  'a writer': getsAll({ groups: ['x', 'crm-writers'] }),
  'a writer by pattern': getsAll({ groups: 'crm-admin-eu' }),
  'a writer by pattern with nothing after it': getsAll({ groups: 'crm-admin-' }),
  'a group that the pattern is a part of': getsNothing({ groups: ['x-crm-admin-eu'] }),
  'a group that is a pattern itself': getsNothing({ groups: ['crm-*', '*'] }),
  'a group that begins alike': getsNothing({ groups: ['crm-writers2'] }),
  'a group with a line break': getsNothing({ groups: ['crm-writers\n'] }),
  'a reader': getsRead({ groups: ['crm-readers'] }),
  'a reader who is a guest by address': getsRead(
    verified('guest@partner.example', { groups: ['crm-readers'] }),
  ),
  'a reader who is staff': getsAll(verified('ada@example.com', { groups: ['crm-readers'] })),
  'groups in another case': getsNothing({ groups: ['CRM-Readers'] }),
  'groups as an object': getsNothing({ groups: { 'crm-writers': true } }),
  'groups in a list of lists': getsNothing({ groups: [['crm-writers']] }),
  'groups with something unreadable among them': getsRead({ groups: ['crm-readers', {}] }),
  'groups that are null': getsNothing({ groups: null }),
  'no groups at all': getsNothing({ groups: [] }),
  'staff with unreadable groups': getsRead(verified('ada@example.com', { groups: {} })),
  'an intern who is staff': getsRead(verified('ada@example.com', { groups: ['interns'] })),
  'an intern who is a writer': getsRead({ groups: ['interns', 'crm-writers'] }),
  'an intern whom no rule allows': getsNothing({ groups: ['interns'] }),
  // Other claims.
  'a contractor': refusedBy(
    'contractors',
    verified('ada@example.com', { employment: 'contractor' }),
  ),
  'a contractor with a second job': refusedBy(
    'contractors',
    verified('ada@example.com', { employment: ['internal', 'contractor'] }),
  ),
  'staff with an unreadable employment': refusedBy(
    'contractors',
    verified('ada@example.com', { employment: {} }),
  ),
  'staff whose employment is true': getsAll(verified('ada@example.com', { employment: true })),
  'an employee of level 3': getsAll({ level: 3, employment: 'internal' }),
  'level 3 as text': getsAll({ level: '3', employment: 'internal' }),
  'level 3 among others': getsAll({ level: [1, 3], employment: 'internal' }),
  'level 03': getsNothing({ level: '03', employment: 'internal' }),
  'level 3 and external': getsNothing({ level: 3, employment: 'external' }),
  'level 3 and external among others': getsNothing({
    level: 3,
    employment: ['internal', 'external'],
  }),
  'level 3 whose employment is missing': getsNothing({ level: 3 }),
  'level 3 whose employment is null': getsNothing({ level: 3, employment: null }),
  'a role of an object': getsRead({ roles: { 'crm-reader': { '1': 'example.com' }, hr: {} } }),
  'a role as text where an object is expected': refusedBy('suspended', { roles: 'crm-reader' }),
  'staff with roles that cannot be read': refusedBy(
    'suspended',
    verified('ada@example.com', { roles: 'crm-reader' }),
  ),
  'staff with a suspended role': refusedBy(
    'suspended',
    verified('ada@example.com', { roles: { suspended: {} } }),
  ),
  'staff with no roles': getsAll(verified('ada@example.com', { roles: {} })),
  // Several at once.
  'a blocked domain': refusedBy(
    'blocked',
    verified('eve@blocked.example', { groups: ['crm-writers'] }),
  ),
  'a blocked domain in upper case': refusedBy(
    'blocked',
    verified('EVE@BLOCKED.EXAMPLE', { groups: ['crm-writers'] }),
  ),
  'a subdomain of a blocked domain': getsAll(
    verified('eve@a.blocked.example', { groups: ['crm-writers'] }),
  ),
  'a blocked domain, not verified': refusedBy('blocked', {
    email: 'eve@blocked.example',
    groups: ['crm-writers'],
  }),
  'a person without any claim': getsNothing({}),
}

const SOURCES = {
  groups: 'groups',
  employment: 'employment',
  level: 'level',
  accountType: 'acct',
  roles: { 'keys-of': 'roles' },
}

const PROVIDERS: Readonly<Record<Provider, Partial<IdentityRules>>> = {
  claim: {},
  // Google vouches for the domain of an account only if the Workspace manages it.
  google: { emailDomainClaim: 'hd' },
  entra: { verifiedEmail: { claim: 'xms_edov' } },
  never: { verifiedEmail: 'never' },
}

function identityOf(claims: Claims, provider: Provider = 'claim', sub = 'person-1'): Identity {
  const rules: IdentityRules = {
    protocol: 'openid',
    subjectClaims: ['sub'],
    verifiedEmail: 'claim',
    tenants: undefined,
    accessClaims: SOURCES,
    ...PROVIDERS[provider],
  }
  return parseIdentity({ sub, name: 'Ida', ...claims }, {}, rules)
}

const STAFF_CLAIMS = verified('ida@example.com')
const STAFF = identityOf(STAFF_CLAIMS)

let person: ChosenPerson
let server: TestServer
let client: Client
let aheadMs = 0
before(async () => {
  person = createChosenPerson(STAFF)
  server = await startTestServer({
    env: { RESOURCES: '' },
    file: {
      resourceServers: [{ resource: CRM, scopes: { 'crm:read': 'Read', 'crm:write': 'Write' } }],
      access: { claims: SOURCES, rules: RULES },
    },
    overrides: { relyingParty: person.relyingParty, now: () => Date.now() + aheadMs },
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

function assertRefusal(from: number, expected: Expected): void {
  const lines = server.logLines.slice(from).map((line) => JSON.parse(line))
  const refusal = lines.findLast(({ audit }) => audit === 'access_refused')
  assert.equal(refusal === undefined, Array.isArray(expected))
  if (!Array.isArray(expected)) assert.equal(refusal?.rule ?? null, expected)
}

async function assertRefreshed(refreshToken: unknown, expected: Expected, where: string) {
  const { body } = await refresh(server.issuer, client, refreshToken)
  assert.deepEqual(scopesOf(body), Array.isArray(expected) ? expected : undefined, where)
  if (!Array.isArray(expected)) assert.equal(body['error'], 'invalid_grant', where)
}

const rows = Object.entries(PEOPLE)

for (const [name, { claims, expected, provider }] of rows) {
  const wins = Array.isArray(expected) ? expected.join(' and ') : 'nothing'
  test(`${name} gets ${wins}: at sign-in, in a signed-in browser and at a refresh`, async () => {
    person.identity = STAFF
    const agent = createUserAgent()
    const tokens = await obtainTokens(agent)
    assert.deepEqual(scopesOf(tokens), ALL, 'positive control')

    person.identity = identityOf(claims, provider)
    const from = server.logLines.length
    const signedIn = scopesOf(await obtainTokens())
    assert.deepEqual(signedIn, Array.isArray(expected) ? expected : undefined, 'sign-in')
    assertRefusal(from, expected)

    const page = await agent.open(build().url, { until })
    if (Array.isArray(expected)) {
      for (const scope of ALL)
        assert.equal(page.body.includes(scope), expected.includes(scope), scope)
    } else assert.equal(page.status, 403, 'signed-in browser')

    await assertRefreshed(tokens?.['refresh_token'], expected, 'refresh')
  })
}

test('each of them gets the same at a refresh when the upstream, asked again, says so about them', async () => {
  assert.ok(rows.length >= 60)
  const tokensOf = (sub: string) => ({
    accessToken: 'access',
    refreshToken: sub,
    expiresAtMs: undefined,
    scope: undefined,
  })
  const refreshTokens: unknown[] = []
  for (const index of rows.keys()) {
    const sub = `asked-${index}`
    person.identity = { ...identityOf(STAFF_CLAIMS, 'claim', sub), tokens: tokensOf(sub) }
    refreshTokens.push((await obtainTokens())?.['refresh_token'])
  }
  aheadMs += 15 * 60_000
  let asked = 0
  for (const [index, [name, { claims, expected, provider }]] of rows.entries()) {
    person.refresh = async ({ refreshToken = '' }, keep) => {
      asked += 1
      const tokens = tokensOf(refreshToken)
      await keep(tokens)
      return { ...identityOf(claims, provider, refreshToken), tokens }
    }
    const from = server.logLines.length
    await assertRefreshed(refreshTokens[index], expected, name)
    assertRefusal(from, expected)
  }
  assert.equal(asked, rows.length)
})
