// Nobody gets a token of the upstream except a resource server that may exchange, for a person who is calling it now.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mockClock, type TestClock } from '../support/clock.ts'
import { createDpopKey } from '../support/dpop.ts'
import { postWithProof } from '../support/dpop-journey.ts'
import {
  asOther,
  EXCHANGE_ENV,
  EXCHANGE_FILE,
  exchange,
  PLAIN_RESOURCE,
} from '../support/exchange.ts'
import {
  authorize,
  buildAuthorization,
  logIn,
  REDIRECT_URI,
  refresh,
  register,
} from '../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../support/renewing-upstream.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

const OPENID = { parameters: { scope: 'openid profile mcp:tools' } }

let clock: TestClock
let upstream: RenewingUpstream
let server: TestServer
before(async () => {
  clock = mockClock()
  upstream = await startRenewingUpstream()
  server = await startTestServer({
    upstream,
    env: EXCHANGE_ENV,
    file: {
      ...EXCHANGE_FILE,
      registration: { management: true },
      access: {
        claims: { groups: 'groups' },
        rules: [
          { name: 'out', effect: 'deny', when: { claim: 'groups', equals: 'out' } },
          { name: 'all' },
        ],
      },
      revalidation: { mode: 'off' },
    },
  })
})
after(async () => {
  await server.close()
  clock.restore()
})

/** Exactly this error, and nothing of the upstream's in the answer. */
async function assertRefused(
  answering: ReturnType<typeof exchange>,
  status: number,
  error: string,
): Promise<void> {
  const { body, ...answer } = await answering
  assert.deepEqual([answer.status, body['error']], [status, error], JSON.stringify(body))
  assert.doesNotMatch(JSON.stringify(body), /upstream-(access|refresh)/)
}

test('the token of another resource server gives nothing, and its own server gets the upstream’s for it', async () => {
  const { tokens } = await logIn(server.issuer)
  const token = tokens['access_token']
  await assertRefused(
    exchange(server.issuer, token, { authorization: asOther }),
    400,
    'invalid_request',
  )
  assert.equal((await exchange(server.issuer, token)).status, 200)
})

test('a person whom the upstream’s answer to this exchange removes from the group is not served', async () => {
  const { person } = upstream
  upstream.expiresInSeconds = 60
  try {
    const { tokens } = await logIn(server.issuer)
    const token = tokens['access_token']
    assert.equal((await exchange(server.issuer, token)).status, 200)
    clock.advance(120)
    upstream.person = { ...person, groups: ['out'] }
    const { granted } = upstream.refreshes
    const refused = await Promise.all([1, 2, 3].map(() => exchange(server.issuer, token)))
    for (const answer of refused)
      await assertRefused(Promise.resolve(answer), 400, 'invalid_request')
    assert.equal(upstream.refreshes.granted, granted + 1)
    const lines = server.logLines.map((line) => JSON.parse(line))
    assert.equal(lines.findLast(({ audit }) => audit === 'access_refused')?.rule, 'out')
  } finally {
    Object.assign(upstream, { person, expiresInSeconds: 3600 })
  }
})

test('a resource server that may only introspect cannot exchange, not even its own tokens', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { resource: PLAIN_RESOURCE } })
  const token = tokens['access_token']
  const authorization = basic(PLAIN_RESOURCE, EXCHANGE_ENV.PLAIN_SECRET)
  const { status, body } = await exchange(server.issuer, token, { authorization })
  // Its id is no client of ours; that of an https URL is looked up as a document.
  assert.ok([400, 401, 503].includes(status), `${status} ${JSON.stringify(body)}`)
  assert.equal(body['access_token'], undefined)
  const introspected = await send(`${server.issuer}/introspect`, {
    headers: { authorization },
    body: form({ token: String(token) }),
  })
  assert.equal(jsonOf(introspected)['active'], true)
})

test('a client cannot exchange its own access token, public or confidential, whatever it registers', async () => {
  const grant_types = ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange']
  for (const token_endpoint_auth_method of ['none', 'client_secret_post']) {
    const metadata = { token_endpoint_auth_method, grant_types }
    const { client, tokens } = await logIn(server.issuer, { metadata })
    const { client_id, client_secret } = client
    const credentials = { client_id, client_secret }
    const asClient = exchange(server.issuer, tokens['access_token'], {
      authorization: '',
      form: credentials,
    })
    await assertRefused(asClient, 400, 'invalid_request')
  }
})

test('the secret is required: wrong, missing, empty and another server’s get nothing', async () => {
  const { tokens } = await logIn(server.issuer)
  for (const authorization of [
    basic(TEST_RESOURCE, 'wrong'),
    basic(TEST_RESOURCE, EXCHANGE_ENV.OTHER_SECRET),
    `Bearer ${tokens['access_token']}`,
  ]) {
    const { status, body } = await exchange(server.issuer, tokens['access_token'], {
      authorization,
    })
    assert.ok([400, 401].includes(status), authorization)
    assert.equal(body['access_token'], undefined)
  }
  const named = { authorization: '', form: { client_id: TEST_RESOURCE } }
  const { status } = await exchange(server.issuer, tokens['access_token'], named)
  assert.ok([400, 401].includes(status))
})

test('expired and revoked tokens, and those of an ended grant, give nothing', async () => {
  const expired = await logIn(server.issuer)
  assert.equal((await exchange(server.issuer, expired.tokens['access_token'])).status, 200)
  clock.advance(901)
  await assertRefused(
    exchange(server.issuer, expired.tokens['access_token']),
    400,
    'invalid_request',
  )

  const revoked = await logIn(server.issuer)
  assert.equal((await exchange(server.issuer, revoked.tokens['access_token'])).status, 200)
  await send(`${server.issuer}/revoke`, {
    body: form({
      client_id: revoked.client.client_id,
      token: String(revoked.tokens['refresh_token']),
    }),
  })
  await assertRefused(
    exchange(server.issuer, revoked.tokens['access_token']),
    400,
    'invalid_request',
  )
})

test('ID tokens, refresh tokens, foreign JWTs and the upstream’s own tokens are no subject', async () => {
  const { tokens } = await logIn(server.issuer, OPENID)
  const { body } = await exchange(server.issuer, tokens['access_token'])
  const [head, payload] = String(tokens['access_token']).split('.')
  const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`
  for (const subject of [
    tokens['id_token'],
    tokens['refresh_token'],
    body['access_token'],
    unsigned,
    `${head}.${payload}.`,
    'null',
    ' ',
  ]) {
    await assertRefused(exchange(server.issuer, subject), 400, 'invalid_request')
  }
})

test('a token that is bound to a key is exchanged by its audience without a proof, and by nobody else', async () => {
  const dpop = await createDpopKey()
  const client = await register(server.issuer)
  const authorization = buildAuthorization(server.issuer, client)
  const answer = await authorize(authorization)
  const { body: bound } = await postWithProof(server.issuer, dpop, {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: REDIRECT_URI,
  })
  const token = bound['access_token']
  assert.equal(bound['token_type'], 'DPoP')
  const own = await exchange(server.issuer, token)
  assert.deepEqual([own.status, own.body['token_type']], [200, 'Bearer'])
  await assertRefused(
    exchange(server.issuer, token, { authorization: asOther }),
    400,
    'invalid_request',
  )
  const { client_id } = client
  const asClient = exchange(server.issuer, token, { authorization: '', form: { client_id } })
  await assertRefused(asClient, 400, 'invalid_request')
})

test('a person whom the rules refuse by now is not served, although the token lives', async () => {
  const first = await logIn(server.issuer)
  assert.equal((await exchange(server.issuer, first.tokens['access_token'])).status, 200)
  const { person } = upstream
  upstream.person = { ...person, groups: ['out'] }
  // The new claims come with another sign-in, which is refused.
  await assert.rejects(logIn(server.issuer))
  upstream.person = person
  await assertRefused(exchange(server.issuer, first.tokens['access_token']), 400, 'invalid_request')
  await logIn(server.issuer)
})

test('the credentials of a resource server open nothing else', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const credentials = { client_id: TEST_RESOURCE, client_secret: EXCHANGE_ENV.CALENDAR_SECRET }
  const asServer = { ...credentials, refresh_token: String(tokens['refresh_token']) }
  const stolen = await send(`${server.issuer}/token`, {
    body: form({ grant_type: 'refresh_token', ...asServer }),
  })
  assert.equal(stolen.status, 400)
  const code = await send(`${server.issuer}/token`, {
    body: form({ grant_type: 'authorization_code', code: 'x', ...credentials }),
  })
  assert.equal(code.status, 400)
  // RFC 7009 §2.1: a token of somebody else looks unknown to it.
  await send(`${server.issuer}/revoke`, {
    body: form({ token: String(tokens['refresh_token']), ...credentials }),
  })
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
  const pushed = await send(`${server.issuer}/par`, {
    body: form({ response_type: 'code', redirect_uri: REDIRECT_URI, ...credentials }),
  })
  assert.equal(pushed.status, 400)
  const authorization = buildAuthorization(server.issuer, { client_id: TEST_RESOURCE })
  const page = await send(authorization.url)
  assert.equal(page.status, 400)
  assert.equal(page.headers.get('location'), null)
})

test('no token of the upstream is in any answer to a client, or in the log', async () => {
  const { client, tokens } = await logIn(server.issuer, OPENID)
  clock.advance(2 * 3600)
  const refreshed = await refresh(server.issuer, client, tokens['refresh_token'])
  await exchange(server.issuer, refreshed.body['access_token'])
  const answers = JSON.stringify([tokens, refreshed.body])
  const log = server.logLines.join('\n')
  assert.ok(upstream.issued.length > 4)
  for (const issued of upstream.issued) {
    assert.ok(!answers.includes(issued))
    assert.ok(!log.includes(issued))
  }
  for (const claim of ['Canary-Name', 'canary-mail']) assert.ok(!log.includes(claim), claim)
})
