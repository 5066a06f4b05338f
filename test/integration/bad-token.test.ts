import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertNoInternals } from '../support/error-page.ts'
import { authorize, buildAuthorization, redeem, refresh, register } from '../support/journey.ts'
import { form, jsonOf, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const { server, client } = await openClientStage()

/** An unredeemed code, with its verifier. */
async function obtainCode() {
  const authorization = buildAuthorization(server.issuer, client)
  const answer = await authorize(authorization)
  return { answer, codeVerifier: authorization.codeVerifier }
}

function assertRejected(
  sent: { status: number; body: Record<string, unknown> },
  error: string,
  label?: string,
) {
  assert.deepEqual([sent.status, sent.body['error']], [400, error], label)
}

test('A2: a code is accepted once: a second use is invalid_grant and revokes the tokens of the first', async () => {
  const code = await obtainCode()
  const first = await redeem(server.issuer, client, code)
  assert.equal(first.status, 200)
  assertRejected(await redeem(server.issuer, client, code), 'invalid_grant')
  const refreshed = await refresh(server.issuer, client, first.body['refresh_token'])
  assertRejected(refreshed, 'invalid_grant')
})

/** Delays the first two reads of a code until both have seen it unspent. */
function createRacingStore(): Store {
  const store = createMemoryStore({ now: Date.now })
  const meeting = Promise.withResolvers<void>()
  let readers = 0
  return {
    ...store,
    async get(key) {
      const value = await store.get(key)
      if (key.includes(':code:')) {
        readers += 1
        if (readers === 2) meeting.resolve()
        await meeting.promise
      }
      return value
    },
  }
}

test('A2: of two concurrent requests with one code at most one succeeds, and the grant is revoked', async () => {
  const own = await startTestServer({ overrides: { store: createRacingStore() } })
  try {
    const racer = await register(own.issuer)
    const { url, state, codeVerifier } = buildAuthorization(own.issuer, racer)
    const answer = await authorize({ url, state, codeVerifier })
    const spend = () => redeem(own.issuer, racer, { answer, codeVerifier })
    const answers = await Promise.all([spend(), spend()])
    const winners = answers.filter(({ status }) => status === 200)
    assert.ok(winners.length <= 1)
    for (const lost of answers.filter((answer) => !winners.includes(answer))) {
      assertRejected(lost, 'invalid_grant')
    }
    for (const { body } of winners) {
      assertRejected(await refresh(own.issuer, racer, body['refresh_token']), 'invalid_grant')
    }
  } finally {
    await own.close()
  }
})

test('A7: a wrong, missing or malformed code_verifier is rejected', async () => {
  const { answer } = await obtainCode()
  const wrong = await redeem(server.issuer, client, { answer, codeVerifier: 'x'.repeat(43) })
  assertRejected(wrong, 'invalid_grant')
  const missing = await redeem(server.issuer, client, await obtainCode(), {
    code_verifier: undefined,
  })
  assertRejected(missing, 'invalid_grant')
  for (const codeVerifier of ['short', 'é'.repeat(43), '\0'.repeat(43), 'x'.repeat(129)]) {
    const code = await obtainCode()
    const { status, body } = await redeem(server.issuer, client, { ...code, codeVerifier })
    assert.equal(status, 400)
    assert.match(String(body['error']), /^invalid_(request|grant)$/)
  }
})

test('A7: the challenge itself is rejected as verifier: plain is not supported', async () => {
  const authorization = buildAuthorization(server.issuer, client)
  const challenge = new URL(authorization.url).searchParams.get('code_challenge') ?? ''
  const answer = await authorize(authorization)
  const rejected = await redeem(server.issuer, client, { answer, codeVerifier: challenge })
  assertRejected(rejected, 'invalid_grant')
})

test('A28: a code is bound to its redirect_uri and to its client', async () => {
  const elsewhere = { ...(await obtainCode()), redirectUri: 'http://127.0.0.1:33418/other' }
  assertRejected(await redeem(server.issuer, client, elsewhere), 'invalid_grant')
  const otherPort = { ...(await obtainCode()), redirectUri: 'http://127.0.0.1:1/callback' }
  assertRejected(await redeem(server.issuer, client, otherPort), 'invalid_grant')
  const otherClient = await register(server.issuer)
  assertRejected(await redeem(server.issuer, otherClient, await obtainCode()), 'invalid_grant')
})

const ERRORS: Record<string, [fields: Record<string, string>, status: number, error: string]> = {
  'no grant_type': [{}, 400, 'invalid_request'],
  'grant_type=password': [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  'client credentials': [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
  'a grant_type that names an inherited property': [
    { grant_type: '__proto__' },
    400,
    'unsupported_grant_type',
  ],
  'no code': [{ grant_type: 'authorization_code' }, 400, 'invalid_request'],
  'an unknown code': [
    { grant_type: 'authorization_code', code: 'x', redirect_uri: 'x', code_verifier: 'x' },
    400,
    'invalid_grant',
  ],
  'no refresh_token': [{ grant_type: 'refresh_token' }, 400, 'invalid_request'],
  'an unknown refresh_token': [
    { grant_type: 'refresh_token', refresh_token: 'x' },
    400,
    'invalid_grant',
  ],
  'a refresh_token with a NUL byte': [
    { grant_type: 'refresh_token', refresh_token: '\0' },
    400,
    'invalid_grant',
  ],
  'a very long refresh_token': [
    { grant_type: 'refresh_token', refresh_token: 'x'.repeat(30_000) },
    400,
    'invalid_grant',
  ],
  'an unknown client': [{ client_id: 'unknown' }, 401, 'invalid_client'],
  'a client_id that names an inherited property': [
    { client_id: '__proto__' },
    401,
    'invalid_client',
  ],
  'a client_id with a NUL byte': [{ client_id: '\0' }, 401, 'invalid_client'],
  'a secret for a public client': [{ client_secret: 'x' }, 401, 'invalid_client'],
  'no client': [{ client_id: '' }, 400, 'invalid_request'],
}

for (const [what, [fields, status, error]] of Object.entries(ERRORS)) {
  test(`/token answers ${status} ${error} as JSON for any Accept header: ${what}`, async () => {
    const grant = { grant_type: 'refresh_token', refresh_token: 'x' }
    const known = status === 401 ? grant : {}
    for (const accept of ['text/html', '*/*', 'application/json']) {
      const body = form({ client_id: client.client_id, ...known, ...fields })
      const answer = await send(`${server.issuer}/token`, { headers: { accept }, body })
      assert.equal(answer.status, status, answer.body)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(jsonOf(answer)['error'], error)
      assert.match(answer.headers.get('x-request-id') ?? '', /^[\da-f]{10}$/)
      assertNoInternals(answer.body)
    }
  })
}

test('a repeated parameter at /token is rejected and spends nothing', async () => {
  const { body } = await redeem(server.issuer, client, await obtainCode())
  const fields = {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: String(body['refresh_token']),
    scope: 'mcp:tools',
  }
  for (const name of Object.keys(fields)) {
    const twice = form(fields)
    twice.append(name, 'x')
    const answer = await send(`${server.issuer}/token`, { body: twice })
    assert.ok([400, 401].includes(answer.status), `${name}: ${answer.status}`)
    assert.match(String(jsonOf(answer)['error']), /^invalid_(request|client)$/, name)
  }
  assert.equal((await refresh(server.issuer, client, body['refresh_token'])).status, 200)
})
