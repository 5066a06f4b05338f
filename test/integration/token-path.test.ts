// The one path of every token: each grant type goes through the same list of refusals. A new grant type is a member of
// GRANT_TYPES, a new rule a member of REFUSALS.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TOKEN_EXCHANGE } from '../../src/provider/tokens/token-exchange.ts'
import type { Identity } from '../../src/upstream/identity.ts'
import {
  allowAs,
  type ChosenPerson,
  createChosenPerson,
  personOf,
} from '../support/chosen-person.ts'
import { createDpopKey } from '../support/dpop.ts'
import { exchange } from '../support/exchange.ts'
import {
  buildAuthorization,
  type Client,
  claimsOf,
  postToken,
  REDIRECT_URI,
  register,
  type TokenAnswer,
} from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const CRM = 'https://crm.example/mcp'
const WIKI = 'https://wiki.example/mcp'
const SECRET = 'introspection-secret-of-the-test'

const tokens = {
  accessToken: 'upstream-access-token',
  refreshToken: undefined,
  expiresAtMs: Date.now() + 3_600_000,
  scope: 'calendar.read',
}
const STAFF = personOf('ida@example.com', { tokens })
const READER = personOf('ida@reader.example')
const BLOCKED = personOf('ida@blocked.example')
const STRANGER = personOf('ida@nowhere.example')
const WIKI_ONLY = personOf('ida@wiki.example')

const FILE = {
  resourceServers: [
    {
      resource: CRM,
      scopes: { 'crm:read': 'Read', 'crm:write': 'Write' },
      introspectionSecretEnv: 'INTROSPECTION_SECRET',
      upstreamTokens: { scopes: ['calendar.read'] },
    },
    { resource: WIKI, scopes: { 'wiki:read': 'Read' } },
  ],
  defaultResource: CRM,
  access: {
    rules: [
      { name: 'staff', when: { emailDomain: ['example.com', 'blocked.example'] } },
      {
        name: 'readers',
        when: { emailDomain: 'reader.example' },
        scopes: ['crm:read', 'wiki:read'],
      },
      { name: 'wiki only', when: { emailDomain: 'wiki.example' }, resources: [WIKI] },
      { name: 'blocked', effect: 'deny', when: { emailDomain: 'blocked.example' } },
    ],
  },
}

let person: ChosenPerson
let server: TestServer
before(async () => {
  person = createChosenPerson(STAFF)
  server = await startTestServer({
    env: { RESOURCES: '', INTROSPECTION_SECRET: SECRET },
    file: FILE,
    overrides: { relyingParty: person.relyingParty },
  })
})
after(() => server.close())

type Form = Record<string, string | undefined>

/** A request for a token that would succeed, and can be sent with changes. */
interface Prepared {
  readonly client: Client
  /** Of the authorization, as another token of the grant. */
  readonly otherToken: unknown
  ask(changes?: Form, headers?: Record<string, string>): Promise<TokenAnswer>
}

const SCOPE = 'openid crm:read crm:write'

async function obtainCode(client: Client, scope = SCOPE): Promise<Form> {
  person.identity = STAFF
  const authorization = buildAuthorization(server.issuer, client, { scope })
  const { url } = await allowAs(authorization)
  return {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    code: new URL(url).searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: REDIRECT_URI,
  }
}

async function prepareCode(client: Client): Promise<Prepared> {
  const code = await obtainCode(client)
  return {
    client,
    otherToken: undefined,
    ask: (changes, headers) => postToken(server.issuer, { ...code, ...changes }, headers),
  }
}

async function prepareRefresh(client: Client): Promise<Prepared> {
  const { body } = await postToken(server.issuer, await obtainCode(client))
  const refresh = {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: String(body['refresh_token']),
  }
  return {
    client,
    otherToken: body['access_token'],
    ask: (changes, headers) => postToken(server.issuer, { ...refresh, ...changes }, headers),
  }
}

const GRANT_TYPES: Readonly<Record<string, (client: Client) => Promise<Prepared>>> = {
  authorization_code: prepareCode,
  refresh_token: prepareRefresh,
}

/** The upstream says something else about the person, at another sign-in of theirs. */
async function changePerson(identity: Identity): Promise<void> {
  person.identity = identity
  const client = await register(server.issuer)
  await allowAs(buildAuthorization(server.issuer, client))
}

interface Refusal {
  readonly changes?: () => Promise<Form>
  readonly person?: Identity
  readonly error: string
  /** The rule that the audit event names; null: none allows it. Absent: the refusal is no matter of rules. */
  readonly rule?: string | null
  /** The audit event of the end of this grant, or of all grants of the account. */
  readonly ends?: 'grant_revoked' | 'access_ended'
  /** Whether a correct request succeeds afterwards. */
  readonly isRepairable: boolean
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a resource that is not configured': {
    changes: async () => ({ resource: 'https://foreign.example/mcp' }),
    error: 'invalid_target',
    isRepairable: true,
  },
  'a resource that was not granted': {
    changes: async () => ({ resource: WIKI }),
    error: 'invalid_target',
    isRepairable: true,
  },
  'an account that a rule denies': {
    person: BLOCKED,
    error: 'invalid_grant',
    rule: 'blocked',
    ends: 'access_ended',
    isRepairable: false,
  },
  'an account that no rule allows any more': {
    person: STRANGER,
    error: 'invalid_grant',
    rule: null,
    ends: 'access_ended',
    isRepairable: false,
  },
  'an account that may only use another MCP server': {
    person: WIKI_ONLY,
    error: 'invalid_grant',
    rule: null,
    ends: 'grant_revoked',
    isRepairable: false,
  },
  'a client that the grant does not belong to': {
    changes: async () => ({ client_id: (await register(server.issuer)).client_id }),
    error: 'invalid_grant',
    isRepairable: true,
  },
}

const auditLines = (from: number) =>
  server.logLines
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter(({ audit }) => audit !== undefined)

for (const [grantType, prepare] of Object.entries(GRANT_TYPES)) {
  test(`${grantType}: a correct request gets a token, and the audit log has it`, async () => {
    const { ask, client } = await prepare(await register(server.issuer))
    const from = server.logLines.length
    const { status, body } = await ask()
    assert.equal(status, 200)
    const claims = claimsOf(body['access_token'])
    assert.equal(claims['scope'], SCOPE)
    assert.equal(claims['aud'], CRM)
    const [event, ...more] = auditLines(from)
    assert.deepEqual(more, [])
    assert.equal(event.audit, 'token_issued')
    assert.equal(event.grantType, grantType)
    assert.equal(event.clientId, client.client_id)
    assert.equal(event.resource, CRM)
    assert.equal(event.grant, claims['grant_ref'])
  })

  for (const [name, refusal] of Object.entries(REFUSALS)) {
    test(`${grantType}: ${name} is refused with ${refusal.error}`, async () => {
      const { ask, client, otherToken } = await prepare(await register(server.issuer))
      if (refusal.person) await changePerson(refusal.person)
      const from = server.logLines.length
      const refused = await ask(await refusal.changes?.())
      assert.equal(refused.body['error'], refusal.error, JSON.stringify(refused.body))
      assert.equal(refused.body['access_token'], undefined)
      const events = auditLines(from)
      if (refusal.rule !== undefined) {
        const found = events.find(({ audit }) => audit === 'access_refused')
        assert.equal(found?.rule ?? null, refusal.rule)
        assert.equal(found?.clientId, client.client_id)
        assert.equal(found?.grantType, grantType)
        const end = events.find(({ audit }) => audit === refusal.ends)
        assert.match(end?.reason ?? '', /^access_/)
        assert.equal(end?.account ?? found?.account, found?.account)
        assert.ok(!JSON.stringify(events).includes('ida@'), 'no claim is in the log')
      }
      assert.ok(!events.some(({ audit }) => audit === 'token_issued'))

      // The grant has ended, so that it stays refused when the rules allow the account again.
      await changePerson(STAFF)
      const again = await ask()
      assert.equal(again.status, refusal.isRepairable ? 200 : 400)
      if (otherToken !== undefined && !refusal.isRepairable) {
        assert.equal(await isActive(otherToken), false)
      }
    })
  }

  test(`${grantType}: an account that may do less than before gets fewer scopes`, async () => {
    const { ask } = await prepare(await register(server.issuer))
    await changePerson(READER)
    const { status, body } = await ask()
    assert.equal(status, 200)
    assert.equal(claimsOf(body['access_token'])['scope'], 'openid crm:read')
    assert.equal(body['scope'], 'openid crm:read')
  })

  test(`${grantType}: a client that always uses DPoP gets no bearer token`, async () => {
    const key = await createDpopKey()
    const prove = async () => ({ dpop: await key.prove('POST', `${server.issuer}/token`) })
    const client = await register(server.issuer, { dpop_bound_access_tokens: true })
    const code = await obtainCode(client)
    const first = grantType === 'authorization_code'
    const bound = first ? undefined : await postToken(server.issuer, code, await prove())
    const asked = bound
      ? {
          grant_type: grantType,
          client_id: client.client_id,
          refresh_token: String(bound.body['refresh_token']),
        }
      : code
    const refused = await postToken(server.issuer, asked)
    assert.equal(refused.status, 400)
    assert.equal(refused.body['access_token'], undefined)
    const answered = await postToken(server.issuer, asked, await prove())
    assert.equal(answered.body['token_type'], 'DPoP')
    assert.deepEqual(claimsOf(answered.body['access_token'])['cnf'], { jkt: key.thumbprint })
  })
}

async function isActive(token: unknown): Promise<unknown> {
  const body = form({ token: String(token), client_id: CRM, client_secret: SECRET })
  return jsonOf(await send(`${server.issuer}/introspect`, { body }))['active']
}

test('refresh_token: a scope that the rules took away comes back with the rules, if it was granted', async () => {
  const { ask } = await prepareRefresh(await register(server.issuer))
  await changePerson(READER)
  const less = await ask()
  await changePerson(STAFF)
  const more = await ask({ refresh_token: String(less.body['refresh_token']) })
  assert.equal(claimsOf(more.body['access_token'])['scope'], SCOPE)
})

test('refresh_token: a request for a scope that the rules took away is invalid_scope, and ends nothing', async () => {
  const { ask } = await prepareRefresh(await register(server.issuer))
  await changePerson(READER)
  const refused = await ask({ scope: 'crm:write' })
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_scope'])
  const asked = await ask({ scope: 'crm:read crm:write' })
  assert.equal(claimsOf(asked.body['access_token'])['scope'], 'crm:read')
})

test('token exchange: a person whom the rules refuse now is refused, by name in the audit log, until they allow them', async () => {
  const { body } = await postToken(server.issuer, await obtainCode(await register(server.issuer)))
  const ask = () =>
    exchange(server.issuer, body['access_token'], { authorization: basic(CRM, SECRET) })
  assert.equal((await ask()).status, 200, 'positive control')
  for (const [now, rule] of [
    [BLOCKED, 'blocked'],
    [STRANGER, undefined],
    [WIKI_ONLY, undefined],
  ] as const) {
    await changePerson(now)
    const from = server.logLines.length
    const refused = await ask()
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_request'])
    assert.equal(refused.body['access_token'], undefined)
    const [event] = auditLines(from)
    assert.equal(event.audit, 'access_refused')
    assert.equal(event.rule, rule)
    assert.equal(event.grantType, TOKEN_EXCHANGE)
  }
  await changePerson(STAFF)
  assert.equal((await ask()).status, 200)
})

test('every grant type of the metadata is in the table, and the other way round', async () => {
  const metadata = jsonOf(await send(`${server.issuer}/.well-known/oauth-authorization-server`))
  // Token exchange gives no token of ours, so it has tests of its own.
  const own = [...Object.keys(GRANT_TYPES), TOKEN_EXCHANGE]
  assert.deepEqual(metadata['grant_types_supported'], own)
})
