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
import { ACCESS_TOKEN_TYPE } from '../support/exchange.ts'
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
    {
      resource: WIKI,
      scopes: { 'wiki:read': 'Read' },
      introspectionSecretEnv: 'INTROSPECTION_SECRET',
      upstreamTokens: { scopes: ['calendar.read'] },
    },
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

/** The resource server asks, for the person who calls it with a token of this client. */
async function prepareExchange(client: Client): Promise<Prepared> {
  const { body } = await postToken(server.issuer, await obtainCode(client))
  const request = {
    grant_type: TOKEN_EXCHANGE,
    subject_token: String(body['access_token']),
    subject_token_type: ACCESS_TOKEN_TYPE,
    audience: 'Test sign-in',
  }
  return {
    client,
    otherToken: undefined,
    ask: (changes, headers = { authorization: basic(CRM, SECRET) }) =>
      postToken(server.issuer, { ...request, ...changes }, headers),
  }
}

/** Those that issue tokens of this server. */
const OWN: Readonly<Record<string, (client: Client) => Promise<Prepared>>> = {
  authorization_code: prepareCode,
  refresh_token: prepareRefresh,
}
const GRANT_TYPES = { ...OWN, [TOKEN_EXCHANGE]: prepareExchange }

/** The upstream says something else about the person, at another sign-in of theirs. */
async function changePerson(identity: Identity): Promise<void> {
  person.identity = identity
  const client = await register(server.issuer)
  await allowAs(buildAuthorization(server.issuer, client))
}

interface Refusal {
  readonly changes?: (grantType: string) => Promise<Form>
  /** Replaces the credentials. */
  readonly headers?: (grantType: string) => Record<string, string>
  readonly person?: Identity
  readonly error: string
  /** Of token exchange, where it is another: the token that it takes is no grant (RFC 8693 §2.2.2). */
  readonly exchangeError?: string
  /** The rule that the audit event names; null: none allows it. Absent: the refusal is no matter of rules. */
  readonly rule?: string | null
  /** The audit event of the end of this grant, or of all grants of the account. Token exchange ends nothing. */
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
    exchangeError: 'invalid_request',
    rule: 'blocked',
    ends: 'access_ended',
    isRepairable: false,
  },
  'an account that no rule allows any more': {
    person: STRANGER,
    error: 'invalid_grant',
    exchangeError: 'invalid_request',
    rule: null,
    ends: 'access_ended',
    isRepairable: false,
  },
  'an account that may only use another MCP server': {
    person: WIKI_ONLY,
    error: 'invalid_grant',
    exchangeError: 'invalid_request',
    rule: null,
    ends: 'grant_revoked',
    isRepairable: false,
  },
  'a client that the grant does not belong to': {
    changes: async (grantType) =>
      grantType === TOKEN_EXCHANGE ? {} : { client_id: (await register(server.issuer)).client_id },
    headers: (grantType) =>
      grantType === TOKEN_EXCHANGE ? { authorization: basic(WIKI, SECRET) } : {},
    error: 'invalid_grant',
    exchangeError: 'invalid_request',
    isRepairable: true,
  },
  'a client that may not use the grant type': {
    // A resource server may exchange and do nothing else, and no client may exchange.
    changes: async (grantType) => ({
      client_id:
        grantType === TOKEN_EXCHANGE ? (await register(server.issuer)).client_id : undefined,
    }),
    headers: (grantType): Record<string, string> =>
      grantType === TOKEN_EXCHANGE ? {} : { authorization: basic(CRM, SECRET) },
    // So the engine calls it, before this server is asked. RFC 6749 §5.2 would have unauthorized_client.
    error: 'invalid_request',
    isRepairable: true,
  },
}

const auditLines = (from: number) =>
  server.logLines
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter(({ audit }) => audit !== undefined)

for (const [grantType, prepare] of Object.entries(OWN)) {
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

for (const [grantType, prepare] of Object.entries(GRANT_TYPES)) {
  for (const [name, refusal] of Object.entries(REFUSALS)) {
    const isExchange = grantType === TOKEN_EXCHANGE
    const error = (isExchange && refusal.exchangeError) || refusal.error
    const isRepairable = isExchange || refusal.isRepairable
    test(`${grantType}: ${name} is refused with ${error}`, async () => {
      const { ask, client, otherToken } = await prepare(await register(server.issuer))
      if (refusal.person) await changePerson(refusal.person)
      const from = server.logLines.length
      const refused = await ask(await refusal.changes?.(grantType), refusal.headers?.(grantType))
      assert.equal(refused.body['error'], error, JSON.stringify(refused.body))
      assert.equal(refused.body['access_token'], undefined)
      const events = auditLines(from)
      if (refusal.rule !== undefined) {
        const found = events.find(({ audit }) => audit === 'access_refused')
        assert.equal(found?.rule ?? null, refusal.rule)
        assert.equal(found?.clientId, client.client_id)
        assert.equal(found?.grantType, grantType)
        const end = events.find(({ audit }) => audit === refusal.ends)
        if (isExchange) assert.equal(end, undefined)
        else assert.match(end?.reason ?? '', /^access_/)
        assert.equal(end?.account ?? found?.account, found?.account)
        assert.ok(!JSON.stringify(events).includes('ida@'), 'no claim is in the log')
      }
      assert.ok(!events.some(({ audit }) => /token_issued$/.test(audit)))

      // A grant that has ended stays refused when the rules allow the account again.
      await changePerson(STAFF)
      const again = await ask()
      assert.equal(again.status, isRepairable ? 200 : 400)
      if (otherToken !== undefined && !isRepairable) {
        assert.equal(await isActive(otherToken), false)
      }
    })
  }
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

test('token exchange: a correct request gets the upstream’s token, and the audit log has it', async () => {
  const { ask, client } = await prepareExchange(await register(server.issuer))
  const from = server.logLines.length
  const { status, body } = await ask()
  assert.deepEqual([status, body['access_token']], [200, tokens.accessToken])
  const [event, ...more] = auditLines(from)
  assert.deepEqual(more, [])
  assert.equal(event.audit, 'upstream_token_issued')
  assert.deepEqual([event.clientId, event.resource], [client.client_id, CRM])
})

test('every grant type of the metadata is in the table, and the other way round', async () => {
  const metadata = jsonOf(await send(`${server.issuer}/.well-known/oauth-authorization-server`))
  assert.deepEqual(metadata['grant_types_supported'], Object.keys(GRANT_TYPES))
})
