// An upstream that sends more, less or something else than its preset says: nobody becomes somebody else, and nobody
// enters whom a rule about tenants, domains or groups would keep out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasonOf } from '../../src/errors.ts'
import { FURTHER_PROVIDERS } from '../fixtures/further-providers.ts'
import { PROVIDERS, type ProviderCase } from '../fixtures/upstream-providers.ts'
import { isAnswer, REDIRECT_URI } from '../support/journey.ts'
import type { Quirks } from '../support/upstream-simulator.ts'
import {
  failureOf,
  identifyOnce,
  openUpstreamStage,
  partOf,
  relyingPartyOf,
  signIn,
} from '../support/upstream-stage.ts'

const caseOf = (name: string): ProviderCase =>
  PROVIDERS[name] ?? FURTHER_PROVIDERS[name] ?? assert.fail(name)
const MICROSOFT = 'https://login.microsoftonline.com'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

type Change = (quirks: Quirks) => Partial<Quirks>

interface Attack {
  readonly provider: string
  readonly change: Change
  /** Undefined: the sign-in succeeds, with this instead. */
  readonly code: string | undefined
  readonly expected?: Record<string, unknown>
  /** In the log, for the operator. */
  readonly reason?: RegExp
}

const inIdToken =
  (claims: Record<string, unknown>): Change =>
  ({ idToken }) => ({ idToken: { ...idToken, ...claims } })

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a person of another tenant': {
    provider: 'Entra ID, organizations',
    change: (quirks) => ({
      ...inIdToken({ tid: CONSUMERS })(quirks),
      tokenIssuer: `${MICROSOFT}/${CONSUMERS}/v2.0`,
      iss: `${MICROSOFT}/${CONSUMERS}/v2.0`,
    }),
    code: 'upstream_account_refused',
  },
  'an ID token of another tenant whose tid lies': {
    provider: 'Entra ID, organizations',
    change: () => ({ tokenIssuer: `${MICROSOFT}/${CONSUMERS}/v2.0` }),
    code: 'upstream_failed',
  },
  'an ID token whose issuer is the template itself': {
    provider: 'Entra ID, organizations',
    change: () => ({ tokenIssuer: `${MICROSOFT}/{tenantid}/v2.0` }),
    code: 'upstream_failed',
  },
  'an ID token without tid, or with one that is a path': {
    provider: 'Entra ID, organizations',
    change: inIdToken({ tid: '../evil' }),
    code: 'upstream_failed',
    reason: /names no tenant/,
  },
  'a response that names the issuer of another host': {
    provider: 'Entra ID, organizations',
    change: () => ({ iss: 'https://login.evil.example/x/v2.0' }),
    code: 'invalid_callback',
  },
  'a person of another tenant at the issuer of one tenant': {
    provider: 'Entra ID, one tenant',
    change: () => ({ tokenIssuer: `${MICROSOFT}/${CONSUMERS}/v2.0` }),
    code: 'upstream_failed',
  },
  'a subject without one of its parts': {
    provider: 'Entra ID, one tenant',
    change: inIdToken({ oid: undefined }),
    code: 'upstream_failed',
  },
  'a subject whose part contains the separator': {
    provider: 'Entra ID, one tenant',
    change: inIdToken({ oid: 'a|b' }),
    code: 'upstream_failed',
  },
  'an address that Entra ID does not vouch for': {
    provider: 'Entra ID, one tenant',
    change: inIdToken({ xms_edov: false, email_verified: true }),
    code: undefined,
    expected: { verifiedEmail: undefined, emailDomain: undefined },
  },
  'more groups than fit, and Microsoft Graph refuses to list them': {
    provider: 'Entra ID, common, with more groups than fit',
    change: () => ({ api: {} }),
    code: 'upstream_failed',
    reason: /GroupMember\.Read\.All/,
  },
  'a Workspace of another domain': {
    provider: 'Google Workspace',
    change: inIdToken({ hd: 'evil.example' }),
    code: 'upstream_account_refused',
  },
  'a personal Google account where a Workspace is required': {
    provider: 'Google Workspace',
    change: inIdToken({ hd: undefined }),
    code: 'upstream_account_refused',
  },
  'a Workspace whose list of domains is no text': {
    provider: 'Google Workspace',
    change: inIdToken({ hd: ['example.com'] }),
    code: 'upstream_account_refused',
  },
  'an address of another domain than the Workspace’s': {
    provider: 'Google, a personal account with an address of a company',
    change: inIdToken({ hd: 'other.example' }),
    code: undefined,
    expected: { emailDomain: undefined },
  },
  'control: an address of the Workspace’s domain': {
    provider: 'Google, a personal account with an address of a company',
    change: inIdToken({ hd: 'EXAMPLE.com' }),
    code: undefined,
    expected: { emailDomain: 'example.com' },
  },
  'an unverified address': {
    provider: 'generic OpenID Connect',
    change: inIdToken({ email_verified: 'yes' }),
    code: undefined,
    expected: { verifiedEmail: undefined, emailDomain: undefined },
  },
  'an ID token that is signed with the client secret': {
    provider: 'authentik',
    change: () => ({
      alg: 'HS256',
      metadata: { id_token_signing_alg_values_supported: ['RS256'] },
    }),
    code: 'upstream_failed',
    reason: /signs ID tokens with HS256.*choose a signing key/,
  },
  'an unsigned claim of a signed algorithm': {
    provider: 'authentik',
    change: () => ({ metadata: { id_token_signing_alg_values_supported: ['ES256'] } }),
    code: 'upstream_failed',
  },
  'userinfo of another person': {
    provider: 'Okta, the organisation',
    change: ({ userinfo }) => ({ userinfo: { ...userinfo, sub: 'somebody-else' } }),
    code: 'upstream_failed',
  },
  'groups of more than 16 KiB': {
    provider: 'Keycloak',
    change: inIdToken({
      realm_access: { roles: Array(600).fill('a-role-with-a-name-of-30-chars') },
    }),
    code: 'upstream_failed',
    reason: /the claims roles have more than 16 KiB/,
  },
  'control: groups of almost 16 KiB': {
    provider: 'Keycloak',
    change: inIdToken({
      realm_access: { roles: Array(480).fill('a-role-with-a-name-of-30-chars') },
    }),
    code: undefined,
    expected: { accessClaims: { roles: Array(480).fill('a-role-with-a-name-of-30-chars') } },
  },
  'large claims that nobody listed': {
    provider: 'generic OpenID Connect',
    change: inIdToken({ noise: 'x'.repeat(30_000) }),
    code: undefined,
    expected: { accessClaims: { teams: ['crm'] } },
  },
  'a GitHub user without a verified primary address': {
    provider: 'GitHub, an OAuth app',
    change: ({ api }) => ({
      api: {
        ...api,
        'https://api.github.com/user/emails?per_page=100&page=1': [
          { email: 'ceo@example.com', primary: true, verified: false },
          { email: 'evil@evil.example', primary: false, verified: true },
        ],
      },
    }),
    code: undefined,
    expected: { verifiedEmail: undefined, emailDomain: undefined },
  },
  'a GitHub user whose organisations cannot be listed': {
    provider: 'GitHub, an OAuth app',
    change: ({ api }) => ({
      api: { ...api, 'https://api.github.com/user/orgs?per_page=100&page=1': { message: 'no' } },
    }),
    code: 'upstream_failed',
  },
  'a GitHub user of more organisations than a page has': {
    provider: 'GitHub, an OAuth app',
    change: ({ api }) => ({
      api: {
        ...api,
        'https://api.github.com/user/orgs?per_page=100&page=1': Array(100).fill({ login: 'a' }),
        'https://api.github.com/user/orgs?per_page=100&page=2': [{ login: 'evil' }],
      },
    }),
    code: undefined,
    expected: { accessClaims: { organizations: [...Array(100).fill('a'), 'evil'], login: 'ada' } },
  },
  'a GitHub user without an id': {
    provider: 'GitHub, an OAuth app',
    change: ({ api }) => ({
      api: { ...api, 'https://api.github.com/user': { login: 'ada' } },
      userinfo: { login: 'ada' },
    }),
    code: 'upstream_failed',
  },
  'a GitHub token without the scope that organisations need': {
    provider: 'GitHub, an OAuth app',
    change: () => ({
      neededScopes: { 'https://api.github.com/user/orgs?per_page=100&page=1': 'admin:org' },
    }),
    code: 'upstream_failed',
  },
  // GitHub leaves them out of the list, and says so.
  'organisations that GitHub hides because they need single sign-on': {
    provider: 'GitHub, an OAuth app',
    change: () => ({
      apiHeaders: {
        'https://api.github.com/user/orgs?per_page=100&page=1': {
          'x-github-sso': 'partial-results; organizations=21955855,20582480',
        },
      },
    }),
    code: undefined,
    expected: { accessClaims: { organizations: ['example', {}], login: 'ada' } },
  },
  'teams of organisations that GitHub hides': {
    provider: 'GitHub, an app',
    change: () => ({
      apiHeaders: {
        'https://api.github.com/user/teams?per_page=100&page=1': {
          'x-github-sso': 'partial-results; organizations=21955855',
        },
      },
    }),
    code: undefined,
    expected: { accessClaims: { teams: ['example/crm', {}] } },
  },
  'an ID token by the older issuer of the same Descope project': {
    provider: 'Descope, by the newer of its issuers',
    change: () => ({ tokenIssuer: 'https://api.descope.com/P2example' }),
    code: 'upstream_failed',
  },
  'a Stytch issuer without a scheme': {
    provider: 'Stytch, whose authorization endpoint is a page of the customer’s',
    change: () => ({ tokenIssuer: 'stytch.com/project-live-1' }),
    code: 'upstream_failed',
  },
  'an ID token of Supabase for everybody who is signed in there': {
    provider: 'Supabase with asymmetric keys',
    change: () => ({ audience: 'authenticated' }),
    code: 'upstream_failed',
  },
  'Supabase with its shared secret': {
    provider: 'Supabase with asymmetric keys',
    change: () => ({
      alg: 'HS256',
      metadata: { id_token_signing_alg_values_supported: ['HS256'] },
    }),
    code: 'upstream_failed',
    reason: /HS256.*choose a signing key/,
  },
  'an ID token of another resource at Scalekit': {
    provider: 'Scalekit, with an issuer for each resource',
    change: () => ({ tokenIssuer: 'https://example.scalekit.dev/resources/res_2' }),
    code: 'upstream_failed',
  },
  'a person of PingOne without the claim that names people': {
    provider: 'PingOne, whose sub is mapped to the address',
    change: inIdToken({ employee: undefined }),
    code: 'upstream_failed',
  },
  'a GitLab behind a proxy that says http of itself': {
    provider: 'a self-managed GitLab where nobody has confirmed addresses',
    change: () => ({ discoveredIssuer: 'http://gitlab.example.com' }),
    code: 'upstream_failed',
    reason: /does not match the expected issuer/,
  },
  'a GitLab whose token endpoint is plain http': {
    provider: 'a self-managed GitLab where nobody has confirmed addresses',
    change: () => ({ metadata: { token_endpoint: 'http://gitlab.example.com/token' } }),
    code: 'upstream_failed',
    reason: /only requests to HTTPS/,
  },
  'Zitadel without the scope of roles': {
    provider: 'Zitadel',
    change: () => ({ claimScopes: { 'urn:zitadel:iam:org:project:roles': 'another' } }),
    code: undefined,
    expected: { accessClaims: {} },
  },
  'a client secret that the provider has replaced': {
    provider: 'authentik',
    change: () => ({ clientSecret: 'another' }),
    code: 'upstream_failed',
    reason: /does not accept UPSTREAM_CLIENT_ID/,
  },
  'an assertion key whose thumbprint the provider does not know': {
    provider: 'a provider that takes private_key_jwt, for its issuer',
    change: ({ assertions }) =>
      assertions ? { assertions: { ...assertions, header: { 'x5t#S256': 'another' } } } : {},
    code: 'upstream_failed',
    reason: /does not accept UPSTREAM_CLIENT_ID/,
  },
  'an assertion for the token endpoint where the issuer is asked for': {
    provider: 'a provider that takes private_key_jwt, for its issuer',
    change: ({ assertions, issuer }) =>
      assertions ? { assertions: { ...assertions, audience: `${issuer}/token` } } : {},
    code: 'upstream_failed',
    reason: /does not accept UPSTREAM_CLIENT_ID/,
  },
  'wrong client credentials, which GitHub reports with status 200': {
    provider: 'GitHub, an OAuth app',
    change: () => ({ authMethod: 'client_secret_basic' }),
    code: 'upstream_failed',
    reason: /does not accept UPSTREAM_CLIENT_ID/,
  },
}

for (const [what, { provider, change, code, expected, reason }] of Object.entries(ATTACKS)) {
  test(`${code === undefined ? 'counts for no more than it is' : 'ends the sign-in'}: ${what}`, async (t) => {
    const { simulator, server } = await openUpstreamStage(caseOf(provider))
    t.after(() => server.close())
    const relyingParty = relyingPartyOf(server, simulator)
    assert.deepEqual(partOf(await identifyOnce(relyingParty, simulator)), caseOf(provider).expected)
    simulator.quirks = { ...simulator.quirks, ...change(simulator.quirks) }
    const fresh = relyingPartyOf(server, simulator)
    const identifying = identifyOnce(fresh, simulator)
    if (code === undefined) {
      const identity = partOf(await identifying)
      assert.deepEqual(identity, { ...identity, ...expected })
      return
    }
    const error = await identifying.catch((rejection: unknown) => rejection)
    assert.equal(await failureOf(Promise.reject(error)), code)
    if (reason) assert.match(reasonOf(error), reason)
  })
}

test('a person of another tenant sees whose account is refused, and the client gets access_denied', async (t) => {
  const { simulator, server } = await openUpstreamStage(caseOf('Google Workspace'))
  t.after(() => server.close())
  simulator.quirks = { ...simulator.quirks, ...inIdToken({ hd: 'evil.example' })(simulator.quirks) }
  const { page } = await signIn(server, simulator)
  assert.equal(page.status, 403)
  assert.equal(page.title, 'This account is not allowed here')
  assert.ok(!server.logLines.join().includes('evil.example'))
  simulator.quirks = caseOf('Google Workspace').quirks
  const control = await signIn(server, simulator)
  assert.ok(isAnswer(REDIRECT_URI)(new URL(control.page.url)))
})

test('refresh tokens are asked for only if something needs them', async (t) => {
  for (const [name, provider] of Object.entries(PROVIDERS)) {
    const { simulator, server } = await openUpstreamStage(provider)
    t.after(() => server.close())
    await signIn(server, simulator)
    const asked = simulator.lastRequest
    assert.ok(!asked.get('scope')?.includes('offline_access'), name)
    assert.equal(asked.get('access_type'), null, name)
    assert.equal(asked.get('prompt'), null, name)
  }
})

test('the new tokens of a refresh are kept even if what comes with them is refused', async (t) => {
  const { simulator, server } = await openUpstreamStage(caseOf('Google Workspace'))
  t.after(() => server.close())
  const relyingParty = relyingPartyOf(server, simulator)
  const { tokens } = await identifyOnce(relyingParty, simulator)
  simulator.quirks = {
    ...simulator.quirks,
    ...inIdToken({ hd: undefined })(simulator.quirks),
    rotates: true,
  }
  const kept: unknown[] = []
  const refreshing = relyingParty.refresh(tokens ?? assert.fail(), async (given) => {
    kept.push(given.refreshToken)
  })
  assert.equal(await failureOf(refreshing), 'upstream_account_refused')
  assert.match(String(kept[0]), /^refresh-/)
})

test('the public address of a GitHub profile is none, even where every address counts', async (t) => {
  const provider = caseOf('GitHub, an OAuth app')
  const file = { ...provider.file, upstream: { verifiedEmail: 'always' } }
  const { simulator, server } = await openUpstreamStage({ ...provider, file })
  t.after(() => server.close())
  const relyingParty = relyingPartyOf(server, simulator)
  assert.equal((await identifyOnce(relyingParty, simulator)).verifiedEmail, 'ada@example.com')
  simulator.quirks = {
    ...simulator.quirks,
    api: {
      ...simulator.quirks.api,
      'https://api.github.com/user/emails?per_page=100&page=1': [
        { email: 'public@example.org', primary: true, verified: false },
      ],
    },
  }
  assert.equal((await identifyOnce(relyingParty, simulator)).verifiedEmail, undefined)
})

test('a 401 for an access token that has expired ends nothing; for one that has not, it does', async (t) => {
  for (const [name, isExpired, code] of [
    ['generic OpenID Connect', true, 'upstream_failed'],
    ['generic OpenID Connect', false, 'upstream_grant_ended'],
    ['GitHub, an app', true, 'upstream_failed'],
    ['GitHub, an app', false, 'upstream_grant_ended'],
  ] as const) {
    const { simulator, server } = await openUpstreamStage(caseOf(name))
    t.after(() => server.close())
    const relyingParty = relyingPartyOf(server, simulator)
    const { tokens } = await identifyOnce(relyingParty, simulator)
    assert.ok(tokens)
    simulator.end()
    const expiresAtMs = isExpired ? Date.now() - 1 : undefined
    assert.equal(await failureOf(relyingParty.readUserinfo({ ...tokens, expiresAtMs })), code, name)
  }
})
