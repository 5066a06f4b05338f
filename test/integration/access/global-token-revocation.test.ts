// draft-parecki-oauth-global-token-revocation-06, as Okta sends it for Universal Logout.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { mockClock } from '../../support/clock.ts'
import {
  ADA,
  buildAuthorization,
  GRACE,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
} from '../../support/journey.ts'
import { startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { jsonOf, send } from '../../support/send.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  type Statement,
  sendLogout,
  sendRevocation,
  signLogout,
  signRevocation,
} from '../../support/statements.ts'

const REVOCATION = { globalTokenRevocation: { emailDomains: ['example.com'] } }
let server: TestServer
before(async () => {
  server = await startTestServer({ file: { upstream: REVOCATION } })
})
after(() => server.close())

const openid = { parameters: { scope: 'openid email' } }
const issSub = (sub = ADA, iss = server.upstreamIssuer) => ({
  sub_id: { format: 'iss_sub', iss, sub },
})

async function isAlive({ client, tokens }: Awaited<ReturnType<typeof logIn>>): Promise<boolean> {
  return (await refresh(server.issuer, client, tokens['refresh_token'])).status === 200
}

const revoke = async (body: unknown, statement?: Statement) =>
  sendRevocation(server, await signRevocation(server, statement), body)

test('a request as Okta sends it ends refresh tokens, grants and browser sessions, and nobody else’s', async () => {
  const agent = createUserAgent()
  const ada = await logIn(server.issuer, { ...openid, agent })
  const grace = await logIn(server.issuer, { ...openid, person: GRACE })
  const lines = server.logLines.length
  const answer = await revoke(issSub())
  assert.deepEqual([answer.status, answer.body], [204, ''])
  assert.equal(await isAlive(ada), false)
  const headers = { authorization: `Bearer ${ada.tokens['access_token']}` }
  assert.equal((await send(`${server.issuer}/userinfo`, { headers })).status, 401)
  const { url } = buildAuthorization(server.issuer, ada.client)
  const page = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
  assert.doesNotMatch(page.body, /Switch account/)
  assert.equal(await isAlive(grace), true)
  const events = server.logLines.slice(lines).map((line) => JSON.parse(line))
  const audit = events.find(({ audit }) => audit === 'access_ended')
  assert.deepEqual([audit.reason, audit.what, audit.grants], ['global_revocation', 'everything', 1])
  assert.ok(!JSON.stringify(audit).includes(ADA))
})

for (const [name, subject] of [
  ['an opaque subject', () => ({ sub_id: { format: 'opaque', id: ADA } })],
  [
    'an e-mail address of a configured domain',
    () => ({ sub_id: { format: 'email', email: 'Ada@Example.com' } }),
  ],
  ['`subject`, the name of earlier drafts', () => ({ subject: issSub().sub_id })],
  ['members that the draft does not know', () => ({ ...issSub(), reason: 'left' })],
] as const) {
  test(`the person may be named by ${name}`, async () => {
    const ada = await logIn(server.issuer, openid)
    assert.equal((await revoke(subject())).status, 204)
    assert.equal(await isAlive(ada), false)
  })
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreignKey = privateKey.export({ format: 'jwk' })
const nowSeconds = () => Math.floor(Date.now() / 1000)

const REFUSED: Readonly<Record<string, () => Promise<string>>> = {
  'no JWT': async () => 'nonsense',
  'a JWT for another audience': () =>
    signRevocation(server, { claims: { aud: `${server.issuer}/backchannel-logout` } }),
  'a JWT for us as a client': () =>
    signRevocation(server, { claims: { aud: server.config.upstream.clientId } }),
  'a JWT without an audience': () => signRevocation(server, { claims: { aud: undefined } }),
  'a JWT of another issuer': () =>
    signRevocation(server, { claims: { iss: 'https://other.example' } }),
  'a JWT that another key has signed': () => signRevocation(server, { key: foreignKey }),
  'a JWT of an unknown kid': () => signRevocation(server, { header: { kid: 'unknown' } }),
  'a JWT that the client secret has signed': () =>
    signRevocation(server, {
      key: Buffer.from(server.config.upstream.clientSecret ?? ''),
      header: { alg: 'HS256' },
    }),
  'an unsigned JWT': async () => {
    const [, claims] = (await signRevocation(server)).split('.')
    const header = { alg: 'none', typ: 'global-token-revocation+jwt' }
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`
  },
  'a JWT whose claims were changed': async () => {
    const [header, , signature] = (await signRevocation(server)).split('.')
    const [, claims] = (await signRevocation(server)).split('.')
    return `${header}.${claims}.${signature}`
  },
  'an expired JWT': () => signRevocation(server, { claims: { exp: nowSeconds() - 200 } }),
  'a JWT without exp': () => signRevocation(server, { claims: { exp: undefined } }),
  'a JWT that lives for two days': () =>
    signRevocation(server, { claims: { exp: nowSeconds() + 172_800 } }),
  'a JWT of the future': () => signRevocation(server, { claims: { iat: nowSeconds() + 600 } }),
  'a JWT that is not valid yet': () =>
    signRevocation(server, { claims: { nbf: nowSeconds() + 600 } }),
  'a JWT without iat': () => signRevocation(server, { claims: { iat: undefined } }),
  'a JWT without jti': () => signRevocation(server, { claims: { jti: undefined } }),
  'a JWT without a type': () => signRevocation(server, { header: { typ: undefined } }),
  'a JWT with an unknown critical header': () =>
    signRevocation(server, { header: { crit: ['x'], x: 1 } }),
  'an ID token for this address': () =>
    signRevocation(server, { header: { typ: 'JWT' }, claims: { nonce: 'n' } }),
  'an access token of this server': async () =>
    String((await logIn(server.issuer, openid)).tokens['access_token']),
  'an ID token of this server': async () =>
    String((await logIn(server.issuer, openid)).tokens['id_token']),
  'a logout token': () => signLogout(server, { claims: { sub: ADA } }),
  'a logout token for this address': () =>
    signLogout(server, { claims: { sub: ADA, aud: `${server.issuer}/global-token-revocation` } }),
  'a JWT of more than 8 KiB': () =>
    signRevocation(server, { claims: { padding: 'x'.repeat(8000) } }),
}

test('each JWT that proves nothing is a 401, and ends nothing', async () => {
  const ada = await logIn(server.issuer, openid)
  for (const [name, make] of Object.entries(REFUSED)) {
    const answer = await sendRevocation(server, await make(), issSub())
    assert.equal(answer.status, 401, name)
    assert.equal(jsonOf(answer)['error'], 'invalid_token', name)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*invalid_token/, name)
  }
  const bare = await send(`${server.issuer}/global-token-revocation`, { body: issSub() })
  assert.equal(bare.status, 401)
  assert.equal(await isAlive(ada), true)
  assert.equal((await revoke(issSub())).status, 204)
  assert.equal(await isAlive(ada), false)
})

test('a JWT works once, also for another person', async () => {
  const ada = await logIn(server.issuer, openid)
  const jwt = await signRevocation(server)
  assert.equal((await sendRevocation(server, jwt, issSub(GRACE))).status < 500, true)
  for (const _ of [1, 2]) {
    const again = await sendRevocation(server, jwt, issSub())
    assert.equal(again.status, 401)
    assert.match(String(jsonOf(again)['error_description']), /used before/)
  }
  assert.equal(await isAlive(ada), true)
})

test('of 20 requests with one JWT at once, one succeeds', async () => {
  await logIn(server.issuer, openid)
  const jwt = await signRevocation(server)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => sendRevocation(server, jwt, issSub())),
  )
  assert.equal(answers.filter(({ status }) => status === 204).length, 1)
  assert.equal(answers.filter(({ status }) => status === 401).length, 19)
})

test('a request that names nobody is a 400', async () => {
  const ada = await logIn(server.issuer, openid)
  for (const body of [
    '',
    'no JSON',
    '[]',
    'null',
    {},
    { sub_id: ADA },
    { sub_id: { format: 'iss_sub', sub: ADA } },
    { sub_id: { format: 'iss_sub', iss: server.upstreamIssuer, sub: '' } },
    { sub_id: { format: 'iss_sub', iss: [server.upstreamIssuer], sub: ADA } },
    { sub_id: { format: 'email', email: 1 } },
    { sub_id: { format: 'opaque' } },
    { sub_id: { format: 'phone_number', phone_number: '+4912345' } },
    { sub_id: { format: 'aliases', identifiers: [issSub().sub_id] } },
    { sub_id: { iss: server.upstreamIssuer, sub: ADA } },
  ]) {
    const answer = await revoke(body)
    assert.equal(answer.status, 400, JSON.stringify(body))
    assert.equal(jsonOf(answer)['error'], 'invalid_request')
  }
  assert.equal(await isAlive(ada), true)
})

test('an issuer that names another issuer’s person, or an address of another domain, gets 403', async () => {
  const ada = await logIn(server.issuer, openid)
  for (const sub_id of [
    { format: 'iss_sub', iss: 'https://other.example', sub: ADA },
    { format: 'iss_sub', iss: server.issuer, sub: ADA },
    { format: 'email', email: 'ada@other.example' },
    { format: 'email', email: 'ada@example.com.other.example' },
    { format: 'email', email: 'example.com' },
    { format: 'email', email: '@example.com' },
    { format: 'email', email: 'ada@example.com ' },
  ]) {
    const answer = await revoke({ sub_id })
    assert.equal(answer.status, 403, JSON.stringify(sub_id))
  }
  assert.equal(await isAlive(ada), true)
})

test('a person who has never signed in here is a 404', async () => {
  for (const sub_id of [
    issSub('nobody').sub_id,
    { format: 'opaque', id: 'nobody' },
    { format: 'email', email: 'nobody@example.com' },
  ]) {
    const answer = await revoke({ sub_id })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [404, 'not_found'])
  }
})

test('a body of more than 16 KiB is a 413, whatever its headers say', async () => {
  const jwt = await signRevocation(server)
  const body = JSON.stringify({ ...issSub(), padding: 'x'.repeat(16 * 1024) })
  for (const isChunked of [false, true]) {
    const headers = { authorization: `Bearer ${jwt}`, 'content-type': 'application/json' }
    const url = `${server.issuer}/global-token-revocation`
    assert.equal((await send(url, { method: 'POST', headers, body, isChunked })).status, 413)
  }
})

test('the endpoint is in the metadata, and takes POST alone', async () => {
  const url = `${server.issuer}/.well-known/oauth-authorization-server`
  const metadata = jsonOf(await send(url))
  const endpoint = `${server.issuer}/global-token-revocation`
  assert.equal(metadata['global_token_revocation_endpoint'], endpoint)
  assert.deepEqual(metadata['global_token_revocation_endpoint_auth_methods_supported'], [
    'global-token-revocation+jwt',
  ])
  assert.equal((await send(endpoint)).status, 405)
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
  }
  assert.equal((await send(endpoint, preflight)).headers.get('access-control-allow-origin'), null)
})

test('a person whose address changed at a re-validation is found by the new one, and not by the old one', async () => {
  const clock = mockClock()
  const upstream = await startRenewingUpstream()
  upstream.person = { ...upstream.person, email: 'ida@example.com' }
  const own = await startTestServer({
    upstream,
    file: { upstream: REVOCATION, revalidation: { mode: 'on' } },
  })
  const { issuer, config } = own
  const receiver = {
    issuer,
    upstreamIssuer: upstream.issuer,
    clientId: config.upstream.clientId,
    signingKey: upstream.signingKey,
  }
  const revokeByEmail = async (email: string) => {
    const body = { sub_id: { format: 'email', email } }
    return (await sendRevocation(own, await signRevocation(receiver), body)).status
  }
  try {
    const { client, tokens } = await logIn(issuer)
    upstream.person = { ...upstream.person, email: 'Ida.King@example.com' }
    assert.equal(await revokeByEmail('ida.king@example.com'), 404)
    clock.advance(900)
    const due = await refresh(issuer, client, tokens['refresh_token'])
    assert.equal(due.status, 200)
    assert.equal(await revokeByEmail('ida@example.com'), 404)
    assert.equal(await revokeByEmail('ida.king@example.com'), 204)
    assert.equal((await refresh(issuer, client, due.body['refresh_token'])).status, 400)
  } finally {
    await own.close()
    clock.restore()
  }
})

test('without configured domains nobody can be named by an address, and none is stored', async () => {
  const own = await startTestServer()
  try {
    await logIn(own.issuer, openid)
    const jwt = await signRevocation(own)
    const body = { sub_id: { format: 'email', email: 'ada@example.com' } }
    assert.equal((await sendRevocation(own, jwt, body)).status, 403)
  } finally {
    await own.close()
  }
})

test('switched off, both endpoints are not there and nothing is advertised', async () => {
  const upstream = { backchannelLogout: 'off', globalTokenRevocation: { enabled: false } }
  const own = await startTestServer({ file: { upstream } })
  try {
    const iss = own.upstreamIssuer
    const body = { sub_id: { format: 'iss_sub', iss, sub: ADA } }
    assert.equal((await sendRevocation(own, await signRevocation(own), body)).status, 404)
    assert.equal(
      (await sendLogout(own, await signLogout(own, { claims: { sub: ADA } }))).status,
      404,
    )
    const metadata = await send(`${own.issuer}/.well-known/oauth-authorization-server`)
    assert.doesNotMatch(metadata.body, /global_token_revocation/)
  } finally {
    await own.close()
  }
})
