import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import { SignJWT } from 'jose'
import { GRACE, logIn, refresh } from '../support/journey.ts'
import { form, jsonOf, send } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const ask = (token: unknown, { issuer } = server, method = 'GET') =>
  send(`${issuer}/userinfo`, { method, headers: { authorization: `Bearer ${token}` } })

async function accessToken(scope: string, person?: string) {
  const { tokens } = await logIn(server.issuer, {
    parameters: { scope },
    ...(person && { person }),
  })
  return tokens['access_token']
}

test('userinfo accepts our JWT access tokens and returns claims by scope', async () => {
  const everything = jsonOf(await ask(await accessToken('openid profile email')))
  assert.deepEqual(everything, {
    sub: 'dev-1815',
    name: 'Ada Byron',
    given_name: 'Ada',
    family_name: 'Byron',
    picture: 'https://example.com/people/ada.png',
    email: 'ada@example.com',
    email_verified: true,
  })
  assert.deepEqual(jsonOf(await ask(await accessToken('openid'))), { sub: 'dev-1815' })
  assert.deepEqual(jsonOf(await ask(await accessToken('openid email', GRACE))), {
    sub: GRACE,
    email: 'grace@example.com',
    email_verified: true,
  })
})

test('userinfo answers GET and POST (OpenID Connect Core §5.3.1) with JSON that is not cached', async () => {
  const token = await accessToken('openid')
  for (const method of ['GET', 'POST']) {
    const answer = await ask(token, server, method)
    assert.equal(answer.status, 200, method)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
})

test('userinfo accepts the access token of a refresh', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const { body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal((await ask(body['access_token'])).status, 200)
})

test('an access token without openid is 403 insufficient_scope, also in the challenge', async () => {
  const answer = await ask(await accessToken('mcp:tools'))
  assert.equal(answer.status, 403)
  assert.equal(jsonOf(answer)['error'], 'insufficient_scope')
  const challenge = answer.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^Bearer .*error="insufficient_scope"/)
})

test('a token that is not a valid access token of this server is 401 invalid_token', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const [header, payload, signature = ''] = String(tokens['access_token']).split('.')
  const altered = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
  const raised = Buffer.from(JSON.stringify({ ...claims, sub: GRACE })).toString('base64url')
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  const symmetric = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(Buffer.from((await send(`${server.issuer}/jwks`)).body))
  const bad = {
    'an ID token': tokens['id_token'],
    'a refresh token': tokens['refresh_token'],
    'an altered signature': `${header}.${payload}.${altered}`,
    'altered claims': `${header}.${raised}.${signature}`,
    'no signature': `${none}.${payload}.`,
    'a symmetric signature': symmetric,
    nonsense: 'x',
    nothing: '',
    'NUL bytes': '%00',
  }
  for (const [what, token] of Object.entries(bad)) {
    const answer = await ask(token)
    assert.equal(answer.status, 401, what)
    assert.equal(jsonOf(answer)['error'], 'invalid_token', what)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
  }
})

test('a token in the query or in the form is ignored', async () => {
  const access_token = String(await accessToken('openid'))
  const query = await send(`${server.issuer}/userinfo?access_token=${access_token}`)
  assert.equal(query.status, 401)
  const posted = await send(`${server.issuer}/userinfo`, { body: form({ access_token }) })
  assert.equal(posted.status, 401)
})

test('a request without a token gets a challenge that names no error (RFC 6750 §3.1)', async () => {
  const answer = await send(`${server.issuer}/userinfo`)
  assert.equal(answer.status, 401)
  const challenge = answer.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /^Bearer\b/)
  assert.doesNotMatch(challenge, /error=/)
})

test('an expired access token is 401', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const { tokens } = await logIn(own.issuer, { parameters: { scope: 'openid' } })
    mock.timers.tick(899_000)
    assert.equal((await ask(tokens['access_token'], own)).status, 200)
    mock.timers.tick(2_000)
    assert.equal((await ask(tokens['access_token'], own)).status, 401)
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('an access token of another authorization server is 401', async () => {
  const other = await startTestServer({ env: { RESOURCES: TEST_RESOURCE } })
  try {
    const { tokens } = await logIn(other.issuer, { parameters: { scope: 'openid' } })
    assert.equal((await ask(tokens['access_token'])).status, 401)
  } finally {
    await other.close()
  }
})
