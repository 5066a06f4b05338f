// The claims about a person that leave the server: none but those that the operator lists, in access tokens by MCP server,
// in ID token and /userinfo by scope.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import {
  allowAs,
  type ChosenPerson,
  createChosenPerson,
  personOf,
} from '../../support/chosen-person.ts'
import {
  buildAuthorization,
  type Client,
  claimsOf,
  redeem,
  refresh,
  register,
} from '../../support/journey.ts'
import { jsonOf, send } from '../../support/send.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const CRM = 'https://crm.example/mcp'
const WIKI = 'https://wiki.example/mcp'
const PERSON = personOf('Ida@example.com', {
  emailDomain: 'example.com',
  accessClaims: { groups: ['crm-admins', 'secret-club'], employment: 'internal', name: 'not this' },
})
const CLAIMS = { groups: 'groups', employment: 'employee_type', name: 'other_name' }

let person: ChosenPerson
let server: TestServer
let plain: TestServer
let client: Client
before(async () => {
  person = createChosenPerson(PERSON)
  const resourceServers = [
    {
      resource: CRM,
      scopes: { 'crm:read': 'Read' },
      tokenClaims: ['groups', 'email', 'given_name'],
    },
    { resource: WIKI, scopes: { 'wiki:read': 'Read' } },
  ]
  const access = { claims: CLAIMS, scopeClaims: { profile: ['employment'] } }
  const options = { env: { RESOURCES: '' }, overrides: { relyingParty: person.relyingParty } }
  const file = { resourceServers, defaultResource: CRM, access }
  server = await startTestServer({ ...options, file })
  const [crm, wiki] = resourceServers
  const { tokenClaims: _, ...bare } = crm ?? {}
  plain = await startTestServer({
    ...options,
    file: { ...file, resourceServers: [bare, wiki], access: { claims: CLAIMS } },
  })
  client = await register(server.issuer)
})
after(async () => {
  await server.close()
  await plain.close()
})
beforeEach(() => {
  person.identity = PERSON
})

async function obtain(parameters: Record<string, string>, at = server, by = client) {
  const authorization = buildAuthorization(at.issuer, by, parameters)
  const answer = new URL((await allowAs(authorization)).url)
  const { codeVerifier } = authorization
  return redeem(at.issuer, by, { answer, codeVerifier })
}

async function readUserinfo(accessToken: unknown, at = server) {
  const headers = { authorization: `Bearer ${accessToken}` }
  return jsonOf(await send(`${at.issuer}/userinfo`, { headers }))
}

const OWN = ['aud', 'client_id', 'exp', 'grant_ref', 'iat', 'iss', 'jti', 'scope', 'sub']

test('by default no claim about the person is in an access token, and no listed one in ID token and userinfo', async () => {
  const scope = 'openid profile email'
  const { body } = await obtain({ scope }, plain, await register(plain.issuer))
  assert.deepEqual(Object.keys(claimsOf(body['access_token'])).toSorted(), OWN)
  const claims = [claimsOf(body['id_token']), await readUserinfo(body['access_token'], plain)]
  for (const said of claims) {
    assert.equal(said['name'], 'Ida Rhodes')
    assert.equal(said['groups'], undefined)
    assert.equal(said['employment'], undefined)
  }
})

test('an access token has the claims that its MCP server lists, whatever the scopes, and no others', async () => {
  const { body } = await obtain({ scope: 'crm:read', resource: CRM })
  const claims = claimsOf(body['access_token'])
  assert.deepEqual(Object.keys(claims).toSorted(), [...OWN, 'groups', 'email'].toSorted())
  assert.deepEqual(claims['groups'], ['crm-admins', 'secret-club'])
  assert.equal(claims['email'], 'Ida@example.com')
  const wiki = await obtain({ scope: 'wiki:read', resource: WIKI })
  assert.deepEqual(Object.keys(claimsOf(wiki.body['access_token'])).toSorted(), OWN)
})

test('an address that nobody has verified is in no access token', async () => {
  person.identity = personOf('ida@example.com', {
    verifiedEmail: undefined,
    emailDomain: undefined,
  })
  const { body } = await obtain({ scope: 'crm:read' })
  assert.equal(claimsOf(body['access_token'])['email'], undefined)
})

test('a refresh has the claims of the last sign-in', async () => {
  const { body } = await obtain({ scope: 'crm:read' })
  person.identity = { ...PERSON, accessClaims: { groups: ['readers'] } }
  await obtain({ scope: 'crm:read' })
  const refreshed = await refresh(server.issuer, client, body['refresh_token'])
  assert.deepEqual(claimsOf(refreshed.body['access_token'])['groups'], ['readers'])
})

test('ID token and userinfo have the claims that a scope adds, only with that scope', async () => {
  for (const [scope, employment] of [
    ['openid profile', 'internal'],
    ['openid email', undefined],
  ] as const) {
    const { body } = await obtain({ scope: `${scope} crm:read` })
    for (const said of [claimsOf(body['id_token']), await readUserinfo(body['access_token'])]) {
      assert.equal(said['employment'], employment, scope)
      assert.equal(said['groups'], undefined)
      if (employment !== undefined) assert.equal(said['name'], 'Ida Rhodes', 'no other name')
    }
  }
  const metadata = jsonOf(await send(`${server.issuer}/.well-known/openid-configuration`))
  assert.ok((metadata['claims_supported'] as string[]).includes('employment'))
})

test('claims that would not fit into a header yield no token, and the log says which setting', async () => {
  person.identity = { ...PERSON, accessClaims: { groups: Array(500).fill('secret-club') } }
  const from = server.logLines.length
  const { status, body } = await obtain({ scope: 'crm:read' })
  assert.deepEqual([status, body['error'], body['access_token']], [500, 'server_error', undefined])
  const lines = server.logLines.slice(from).join('\n')
  assert.match(lines, /groups, email, given_name.*tokenClaims/)
  const wiki = await obtain({ scope: 'wiki:read', resource: WIKI })
  assert.equal(wiki.status, 200, 'other MCP servers are not affected')
})

test('no claim is in the log', () => {
  const lines = [...server.logLines, ...plain.logLines].join('\n')
  assert.doesNotMatch(lines, /secret-club|Ida@|internal"/)
})
