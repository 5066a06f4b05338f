// A record that was damaged in the SQLite file, by one flipped bit: the request that needs it gets 503, and
// never an answer that makes a client throw away its registration or its tokens.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { KINDS } from '../../src/records/record-kinds.ts'
import type { RecordKind } from '../../src/records/record-values.ts'
import { type AssertionKey, createAssertionKey } from '../support/assertion.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import {
  ADA,
  approve,
  authorize,
  buildAuthorization,
  type Client,
  isAnswer,
  logIn,
  obtainTokens,
  postToken,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { pushAuthorization } from '../support/par.ts'
import { type Answer, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openSqliteFile } from '../support/sqlite-file.ts'

const DOCUMENT = 'https://client.example/client.json'
const KEY_SET = 'https://client.example/jwks.json'

let directory: string
let web: DocumentServer
let key: AssertionKey
let file: DatabaseSync
let server: TestServer
let aheadMs = 0
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'damaged-'))
  web = await startDocumentServer(['client.example'])
  key = await createAssertionKey()
  web.publish(KEY_SET, { body: { keys: [key.publicKey] } })
  web.publish(DOCUMENT, {
    body: {
      client_id: DOCUMENT,
      client_name: 'Documented',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: KEY_SET,
    },
  })
  const path = join(directory, 'store.db')
  server = await startTestServer({
    env: { STORE_URL: `sqlite:${path}` },
    file: {
      registration: { management: true },
      upstream: { globalTokenRevocation: { emailDomains: ['example.com'] } },
    },
    overrides: { outbound: web.outbound, now: () => Date.now() + aheadMs },
  })
  file = openSqliteFile(path)
})
after(async () => {
  file.close()
  await server.close()
  await web.close()
  await rm(directory, { recursive: true })
})

/** Flips a bit in every record of the kind. @returns a function that puts the records back */
function damage(kind: RecordKind): () => void {
  const find = file.prepare('SELECT key, value FROM records WHERE key LIKE ?')
  const update = file.prepare('UPDATE records SET value = ? WHERE key = ? AND value = ?')
  const records = find.all(`mcp-oidc:${KINDS[kind].prefix}:%`).map((row) => {
    const value = String(row['value'])
    const flipped = String.fromCharCode(value.charCodeAt(40) ^ 1)
    return {
      key: String(row['key']),
      value,
      damaged: value.slice(0, 40) + flipped + value.slice(41),
    }
  })
  assert.ok(records.length > 0, `the store has a ${kind}`)
  for (const { key, value, damaged } of records) update.run(damaged, key, value)
  return () => {
    for (const { key, value, damaged } of records) update.run(value, key, damaged)
  }
}

interface Request {
  ask(): Promise<Pick<Answer, 'status' | 'headers' | 'body'>>
  /** The status of the same request once the record is whole again. */
  readonly repaired: number
}

const noFurther = () => true

async function refreshing(): Promise<Request> {
  const { client, tokens } = await logIn(server.issuer)
  return { ask: () => askToken(client, tokens), repaired: 200 }
}

async function refreshingWithAssertion(): Promise<Request> {
  const client = { client_id: DOCUMENT }
  const prove = () => key.sign(DOCUMENT, server.issuer)
  const { body } = await obtainTokens(server.issuer, client, { form: await prove() })
  return { ask: async () => askToken(client, body, await prove()), repaired: 200 }
}

async function askToken(client: Client, tokens: Record<string, unknown>, proof = {}) {
  const answer = await refresh(server.issuer, client, tokens['refresh_token'], proof)
  return { ...answer, body: JSON.stringify(answer.body) }
}

async function openConsent(agent = createUserAgent()) {
  const client = await register(server.issuer)
  return { agent, consent: await agent.open(buildAuthorization(server.issuer, client).url) }
}

const ofClients: Partial<Record<RecordKind, () => Promise<Request>>> = {
  Account: refreshing,
  async Client() {
    const request = await refreshing()
    // The process keeps a registration in memory for a minute.
    aheadMs += 61_000
    return request
  },
  Grant: refreshing,
  RefreshFamily: refreshing,
  ClientDocument: refreshingWithAssertion,
  ClientKeySet: refreshingWithAssertion,
  async AuthorizationCode() {
    const client = await register(server.issuer)
    const { url, codeVerifier, state } = buildAuthorization(server.issuer, client)
    const answer = await authorize({ url, codeVerifier, state })
    const ask = async () => {
      const { status, headers, body } = await redeem(server.issuer, client, {
        answer,
        codeVerifier,
      })
      return { status, headers, body: JSON.stringify(body) }
    }
    return { ask, repaired: 200 }
  },
  async RegistrationAccessToken() {
    const client = await register(server.issuer)
    const headers = { authorization: `Bearer ${Reflect.get(client, 'registration_access_token')}` }
    const ask = () => send(`${server.issuer}/register/${client.client_id}`, { headers })
    return { ask, repaired: 200 }
  },
}

/** The last step of a sign-in, which uses up its attempt: the second page says how to sign in again. */
async function openCallback(): Promise<Request> {
  const { agent, consent } = await openConsent()
  const upstream = await agent.submit(consent, { button: /^Allow/ })
  const person = { name: 'person', value: ADA }
  const isCallback = ({ pathname }: URL) => pathname === '/callback'
  const { url } = await agent.submit(upstream, { button: person, until: isCallback })
  return { ask: () => agent.open(url, { until: noFurther }), repaired: 400 }
}

/** An approval in a browser that is signed in, and the redirects that follow. */
async function approveAgain(): Promise<Request> {
  const agent = createUserAgent()
  await logIn(server.issuer, { agent })
  const { consent } = await openConsent(agent)
  const until = isAnswer(REDIRECT_URI)
  return { ask: () => agent.submit(consent, { button: /^Allow/, until }), repaired: 303 }
}

const ofPersons: Partial<Record<RecordKind, () => Promise<Request>>> = {
  async AccountEmail() {
    await logIn(server.issuer)
    return openCallback()
  },
  async Approval() {
    const agent = createUserAgent()
    const { client } = await logIn(server.issuer, { agent })
    const { url } = buildAuthorization(server.issuer, client)
    return { ask: () => agent.open(url), repaired: 200 }
  },
  async Interaction() {
    const { agent, consent } = await openConsent()
    return { ask: () => agent.open(consent.url), repaired: 200 }
  },
  GrantList: approveAgain,
  LoginAttempt: openCallback,
  async PushedAuthorizationRequest() {
    const { url } = await pushAuthorization(server.issuer, await register(server.issuer))
    const agent = createUserAgent()
    return { ask: () => agent.open(url), repaired: 200 }
  },
  async Session() {
    const agent = createUserAgent()
    const { client } = await logIn(server.issuer, { agent })
    const { url } = buildAuthorization(server.issuer, client)
    return { ask: () => agent.open(url), repaired: 200 }
  },
}

for (const [requests, isPage] of [
  [ofClients, false],
  [ofPersons, true],
] as const) {
  for (const [name, prepare] of Object.entries(requests)) {
    const kind = name as RecordKind
    test(`a damaged ${kind} record is answered with 503, and the log names it`, async () => {
      const { ask, repaired } = await prepare()
      const repair = damage(kind)
      server.logLines.length = 0
      const answer = await ask()
      repair()
      assert.equal(answer.status, 503, answer.body)
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
      if (isPage) assertErrorPage(answer, server)
      else assert.equal(JSON.parse(answer.body).error, 'temporarily_unavailable')
      const logged = new RegExp(`a ${kind} record is damaged: the seal of mcp-oidc:`)
      assert.match(server.logLines.join('\n'), logged)
      assert.equal((await ask()).status, repaired)
    })
  }
}

test('the use of a jti counts even if its record is damaged', async () => {
  const client = { client_id: DOCUMENT }
  const proof = await key.sign(DOCUMENT, server.issuer)
  await obtainTokens(server.issuer, client, { form: proof })
  damage('ReplayDetection')
  const form = { grant_type: 'refresh_token', client_id: DOCUMENT, refresh_token: 'x', ...proof }
  const { status, body } = await postToken(server.issuer, form)
  assert.deepEqual([status, body['error']], [401, 'invalid_client'])
})

test('these tests damage every kind of record that requests read', () => {
  const damaged = [...Object.keys(ofClients), ...Object.keys(ofPersons), 'ReplayDetection']
  // These are read at the start and once a day, for a logout token that names a session, and for exchanges and
  // re-validation.
  const others = ['HomeUpstream', 'UpstreamSession', 'UpstreamTokens']
  assert.deepEqual([...damaged, ...others].toSorted(), Object.keys(KINDS).toSorted())
})

test('a person signs in after the records of the tests above', async () => {
  const { agent, consent } = await openConsent()
  assert.ok((await approve(agent, consent)).searchParams.has('code'))
})
