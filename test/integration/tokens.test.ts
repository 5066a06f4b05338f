import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { claimsOf, GRACE, logIn, obtainTokens, refresh, register } from '../support/journey.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

function verify(jwt: unknown, { issuer }: TestServer, typ?: string) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  return jwtVerify(String(jwt), keys, { issuer, ...(typ && { typ }) })
}

test('an access token holds only the claims of RFC 9068 §2.2 and an opaque grant reference', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: { scope: 'mcp:tools' } })
  const { payload, protectedHeader } = await verify(tokens['access_token'], server, 'at+jwt')
  const { iat = 0, exp, jti, grant_ref, ...rest } = payload
  assert.deepEqual(rest, {
    iss: server.issuer,
    sub: 'dev-1815',
    aud: TEST_RESOURCE,
    client_id: client.client_id,
    scope: 'mcp:tools',
  })
  assert.ok(Math.abs(iat - Date.now() / 1000) < 10)
  assert.equal(exp, iat + 900)
  assert.match(String(jti), /^[\w-]{20,}$/)
  assert.match(String(grant_ref), /^[\w-]{43}$/)
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ'])
  assert.equal(protectedHeader.alg, 'RS256')
})

test('no two access tokens share a jti', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const { body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.notEqual(claimsOf(tokens['access_token'])['jti'], claimsOf(body['access_token'])['jti'])
})

test('A23: the token response gives the token a lifetime of fifteen minutes and is not cached', async () => {
  const client = await register(server.issuer)
  const { body, headers } = await obtainTokens(server.issuer, client)
  assert.equal(body['expires_in'], 900)
  assert.equal(body['token_type'], 'Bearer')
  assert.equal(body['scope'], 'mcp:tools')
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
})

test('A23: lifetimes come from the configuration, and a resource server may have its own', async () => {
  const file = {
    lifetimes: { accessTokenSeconds: 600 },
    resourceServers: [
      { resource: TEST_RESOURCE },
      { resource: 'https://short.example.com/mcp', accessTokenSeconds: 60 },
    ],
  }
  const own = await startTestServer({ file, env: { RESOURCES: '' } })
  try {
    for (const [resource, seconds] of Object.entries({
      [TEST_RESOURCE]: 600,
      'https://short.example.com/mcp': 60,
    })) {
      const { tokens } = await logIn(own.issuer, { parameters: { resource } })
      const { iat, exp } = claimsOf(tokens['access_token'])
      assert.equal(tokens['expires_in'], seconds)
      assert.equal(Number(exp) - Number(iat), seconds)
    }
  } finally {
    await own.close()
  }
})

test('ACCESS_TOKEN_ALG=ES256 signs access tokens with ES256, ID tokens still with RS256', async () => {
  const own = await startTestServer({ env: { ACCESS_TOKEN_ALG: 'ES256' } })
  try {
    const { client, tokens } = await logIn(own.issuer, { parameters: { scope: 'openid' } })
    const { protectedHeader } = await verify(tokens['access_token'], own, 'at+jwt')
    assert.equal(protectedHeader.alg, 'ES256')
    const idToken = await verify(tokens['id_token'], own)
    assert.equal(idToken.protectedHeader.alg, 'RS256')
    const { body } = await refresh(own.issuer, client, tokens['refresh_token'])
    assert.equal(decodeProtectedHeader(String(body['access_token'])).alg, 'ES256')
  } finally {
    await own.close()
  }
})

test('openid yields an ID token for the client with its nonce and without personal claims', async () => {
  const parameters = { scope: 'openid', nonce: 'n-0S6_WzA2Mj' }
  const { client, tokens } = await logIn(server.issuer, { parameters })
  const { payload, protectedHeader } = await verify(tokens['id_token'], server)
  assert.equal(protectedHeader.alg, 'RS256')
  assert.equal(payload.aud, client.client_id)
  assert.equal(payload.sub, 'dev-1815')
  assert.equal(payload['nonce'], 'n-0S6_WzA2Mj')
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3600)
  for (const name of ['name', 'email', 'picture', 'groups', 'grant_ref', 'scope']) {
    assert.equal(payload[name], undefined, name)
  }
})

test('scopes decide whether name, picture and e-mail are in the ID token', async () => {
  const { tokens } = await logIn(server.issuer, {
    parameters: { scope: 'openid profile email' },
    person: GRACE,
  })
  const claims = claimsOf(tokens['id_token'])
  assert.equal(claims['sub'], GRACE)
  assert.equal(claims['name'], 'Grace Murray')
  assert.equal(claims['picture'], 'https://example.com/people/grace.png')
  assert.equal(claims['email'], 'grace@example.com')
  assert.equal(claims['email_verified'], true)
  assert.equal(claims['groups'], undefined)

  const profile = await logIn(server.issuer, { parameters: { scope: 'openid profile' } })
  assert.equal(claimsOf(profile.tokens['id_token'])['name'], 'Ada Byron')
  assert.equal(claimsOf(profile.tokens['id_token'])['email'], undefined)
})

test('no ID token is issued without openid', async () => {
  for (const scope of [undefined, 'mcp:tools', 'profile email']) {
    const { tokens } = await logIn(server.issuer, { parameters: { scope } })
    assert.equal(tokens['id_token'], undefined, scope)
  }
})

test('a person has the same subject at each sign-in, and another person has another', async () => {
  const subjects = []
  for (const person of ['dev-1815', 'dev-1906', 'dev-1815']) {
    const { tokens } = await logIn(server.issuer, { person })
    subjects.push(claimsOf(tokens['access_token'])['sub'])
  }
  assert.deepEqual(subjects, ['dev-1815', 'dev-1906', 'dev-1815'])
})

test('nothing issued by the upstream reaches the client', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid profile email' } })
  const upstream = JSON.stringify(server.upstreamIssuer).slice(1, -1)
  for (const jwt of [tokens['access_token'], tokens['id_token']]) {
    assert.ok(!JSON.stringify(claimsOf(jwt)).includes(upstream))
  }
  assert.deepEqual(Object.keys(tokens).sort(), [
    'access_token',
    'expires_in',
    'id_token',
    'refresh_token',
    'scope',
    'token_type',
  ])
})
