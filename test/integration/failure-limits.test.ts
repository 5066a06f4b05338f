// Failures count per client and address. They never limit a token request that succeeds.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { createDpopKey } from '../support/dpop.ts'
import { postWithProof } from '../support/dpop-journey.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange } from '../support/exchange.ts'
import { buildAuthorization, logIn, postToken, refresh, register } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { push } from '../support/par.ts'
import { startRenewingUpstream } from '../support/renewing-upstream.ts'
import { type Answer, basic, form, jsonOf, send } from '../support/send.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../support/server.ts'

const LIMIT = 3
const SECRETS = { first: randomBytes(24).toString('hex'), other: randomBytes(24).toString('hex') }
const HERE = { 'x-forwarded-for': '192.0.2.1' }
const ELSEWHERE = { 'x-forwarded-for': '192.0.2.2' }

let clock: TestClock
let server: TestServer
before(async () => {
  clock = mockClock()
  server = await startTestServer({
    env: {
      TRUSTED_PROXIES: 'loopback',
      FIRST_SECRET: SECRETS.first,
      OTHER_SECRET: SECRETS.other,
      RESOURCES: '',
    },
    file: {
      defaultResource: TEST_RESOURCE,
      resourceServers: [
        { resource: TEST_RESOURCE, introspectionSecretEnv: 'FIRST_SECRET' },
        { resource: OTHER_RESOURCE, introspectionSecretEnv: 'OTHER_SECRET' },
      ],
      limits: { ...AMPLE_LIMITS, failure: { perClientAndAddress: LIMIT, seconds: 60 } },
      sharedEgress: { ours: { asOf: null, ranges: ['192.0.2.0/24'] } },
    },
  })
})
after(async () => {
  await server.close()
  clock.restore()
})

const refreshForm = (client_id: string, refresh_token: unknown) => ({
  grant_type: 'refresh_token',
  client_id,
  refresh_token: String(refresh_token),
})

test('/token: failures beyond the limit get 429, also from shared egress, and a valid refresh 200', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const fail = (headers: Record<string, string>, id = client.client_id) =>
    postToken(server.issuer, refreshForm(id, 'unknown'), headers)
  for (let n = 0; n < LIMIT; n += 1) assert.equal((await fail(HERE)).body['error'], 'invalid_grant')
  clock.advance(10)
  const refused = await fail(HERE)
  assert.equal(refused.status, 429)
  assert.equal(refused.body['error'], 'too_many_requests')
  assert.equal(refused.headers.get('retry-after'), '50')

  assert.equal((await fail(ELSEWHERE)).body['error'], 'invalid_grant')
  const other = await register(server.issuer)
  assert.equal((await fail(HERE, other.client_id)).body['error'], 'invalid_grant')

  const valid = await postToken(
    server.issuer,
    refreshForm(client.client_id, tokens['refresh_token']),
    HERE,
  )
  assert.equal(valid.status, 200)
  assert.equal((await refresh(server.issuer, client, valid.body['refresh_token'])).status, 200)
  clock.advance(50)
  assert.equal((await fail(HERE)).body['error'], 'invalid_grant')
})

test('/token: a client that is not known fails under its address', async () => {
  const address = { 'x-forwarded-for': '192.0.2.77' }
  const fail = (id: string) => postToken(server.issuer, refreshForm(id, 'unknown'), address)
  for (let n = 0; n < LIMIT; n += 1) {
    assert.equal((await fail(`unknown-${n}`)).body['error'], 'invalid_client')
  }
  assert.equal((await fail('unknown-again')).status, 429)
})

test('/token: a demand for a DPoP nonce is no failure', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const key = await createDpopKey()
  const ask = (nonce?: string) =>
    postWithProof(server.issuer, key, refreshForm(client.client_id, tokens['refresh_token']), {
      ...(nonce !== undefined && { nonce }),
    })
  for (let n = 0; n <= LIMIT; n += 1) {
    assert.equal((await ask('unknown')).body['error'], 'use_dpop_nonce')
  }
})

test('/token: an exchange that needs the person is no failure of the resource server', async () => {
  const upstream = await startRenewingUpstream()
  upstream.grantedScope = 'openid'
  const own = await startTestServer({
    upstream,
    env: EXCHANGE_ENV,
    file: {
      ...EXCHANGE_FILE,
      limits: { ...AMPLE_LIMITS, failure: { perClientAndAddress: LIMIT, seconds: 60 } },
    },
  })
  try {
    const { tokens } = await logIn(own.issuer)
    for (let n = 0; n <= LIMIT; n += 1) {
      const { status, body } = await exchange(own.issuer, tokens['access_token'])
      assert.deepEqual([status, body['error']], [400, 'interaction_required'])
      assert.ok(body['interaction_uri'])
    }
    // Its own faults still count.
    const form = { audience: 'another' }
    const ask = () => exchange(own.issuer, tokens['access_token'], { form })
    for (let n = 0; n < LIMIT; n += 1) assert.equal((await ask()).body['error'], 'invalid_target')
    assert.equal((await ask()).status, 429)
  } finally {
    await own.close()
  }
})

const secretOf = (body: Answer) => String(jsonOf(body)['client_secret'])

/** A client that authenticates with a secret. */
async function registerConfidential() {
  const answer = await send(`${server.issuer}/register`, {
    body: { redirect_uris: ['https://client.example/callback'] },
  })
  return { client_id: String(jsonOf(answer)['client_id']), client_secret: secretOf(answer) }
}

test('/par and /revoke: wrong secrets beyond the limit get 429 without a challenge, and the right one passes', async () => {
  const client = await registerConfidential()
  const ask = (path: string, secret: string) =>
    send(`${server.issuer}${path}`, {
      headers: { ...HERE, authorization: basic(client.client_id, secret) },
      body: form({ token: 'unknown' }),
    })
  for (let n = 0; n < LIMIT; n += 1) {
    const answer = await ask(n % 2 ? '/par' : '/revoke', 'wrong')
    assert.equal(answer.status, 401)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic/)
  }
  for (const path of ['/par', '/revoke']) {
    const refused = await ask(path, 'wrong')
    assert.equal(refused.status, 429, path)
    assert.equal(refused.headers.get('www-authenticate'), null)
  }
  assert.equal((await ask('/revoke', client.client_secret)).status, 200)
  const authorization = buildAuthorization(server.issuer, client, {
    redirect_uri: 'https://client.example/callback',
  })
  const pushed = await push(server.issuer, authorization, client, { headers: HERE })
  assert.equal(pushed.status, 201)
})

function introspect(id: string, secret: string, headers: Record<string, string> = HERE) {
  return send(`${server.issuer}/introspect`, {
    headers: { ...headers, authorization: basic(id, secret) },
    body: form({ token: 'unknown' }),
  })
}

test('/introspect: wrong secrets beyond the limit get 429, and the right one is answered all the while', async () => {
  for (let n = 0; n < LIMIT; n += 1) {
    assert.equal((await introspect(TEST_RESOURCE, 'wrong')).status, 401)
  }
  const refused = await introspect(TEST_RESOURCE, 'wrong')
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '60')
  assert.equal(refused.headers.get('www-authenticate'), null)
  assert.equal((await introspect(TEST_RESOURCE, SECRETS.first)).status, 200)
  assert.equal((await introspect(OTHER_RESOURCE, 'wrong')).status, 401)
  assert.equal((await introspect(TEST_RESOURCE, 'wrong', ELSEWHERE)).status, 401)
  clock.advance(60)
  assert.equal((await introspect(TEST_RESOURCE, 'wrong')).status, 401)
})

test('/introspect: unknown ids count together under their address', async () => {
  const address = { 'x-forwarded-for': '192.0.2.78' }
  for (let n = 0; n < LIMIT; n += 1) {
    assert.equal((await introspect(`https://${n}.example`, 'wrong', address)).status, 401)
  }
  assert.equal((await introspect('https://again.example', 'wrong', address)).status, 429)
  assert.equal((await introspect(TEST_RESOURCE, 'wrong', address)).status, 401)
})
