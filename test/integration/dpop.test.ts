// Tokens bound to a key (RFC 9449) at the token endpoint. For /userinfo see dpop-userinfo.test.ts.
import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import { createDpopKey, type DpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof, refreshForm } from '../support/dpop-journey.ts'
import { claimsOf, postToken, refresh, register } from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

let server: TestServer
let key: DpopKey
before(async () => {
  server = await startTestServer({
    env: { RESOURCES: '', RS_SECRET: 'secret of the resource server' },
    file: { resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'RS_SECRET' }] },
  })
  key = await createDpopKey()
})
after(() => server.close())

async function obtainBound(metadata = {}) {
  const client = await register(server.issuer, metadata)
  const code = await obtainCodeForm(server.issuer, client)
  const { status, body, headers } = await postWithProof(server.issuer, key, code)
  assert.equal(status, 200, JSON.stringify(body))
  return { client, body, headers }
}

test('the metadata lists the proof algorithms', async () => {
  const document = jsonOf(await send(`${server.issuer}/.well-known/oauth-authorization-server`))
  assert.deepEqual(document['dpop_signing_alg_values_supported'], ['ES256', 'Ed25519', 'EdDSA'])
})

test('RFC 9449 §5: a proof at the token endpoint binds the access token, and introspection shows it', async () => {
  const { body } = await obtainBound()
  assert.equal(body['token_type'], 'DPoP')
  const cnf = { jkt: key.thumbprint }
  assert.deepEqual(claimsOf(body['access_token'])['cnf'], cnf)
  const introspected = await send(`${server.issuer}/introspect`, {
    headers: { authorization: basic(TEST_RESOURCE, 'secret of the resource server') },
    body: form({ token: String(body['access_token']) }),
  })
  const { active, token_type, ...rest } = jsonOf(introspected)
  assert.deepEqual([active, token_type, rest['cnf']], [true, 'DPoP', cnf])
})

test('RFC 9449 §5: the refresh token of a public client works only with its key, through rotations', async () => {
  const { client, body } = await obtainBound()
  const token = body['refresh_token']
  const without = await refresh(server.issuer, client, token)
  assert.deepEqual([without.status, without.body['error']], [400, 'invalid_grant'])
  const thief = await createDpopKey()
  const stolen = await postWithProof(server.issuer, thief, refreshForm(client, token))
  assert.deepEqual([stolen.status, stolen.body['error']], [400, 'invalid_grant'])

  let current = token
  for (let turn = 0; turn < 3; turn++) {
    const next = await postWithProof(server.issuer, key, refreshForm(client, current))
    assert.equal(next.status, 200, JSON.stringify(next.body))
    assert.notEqual(next.body['refresh_token'], current)
    assert.deepEqual(claimsOf(next.body['access_token'])['cnf'], { jkt: key.thumbprint })
    current = next.body['refresh_token']
  }
})

test('RFC 9449 §5: the refresh token of a client with a secret is bound to the client, not to the key', async () => {
  const { client, body } = await obtainBound({ token_endpoint_auth_method: 'client_secret_post' })
  const other = await createDpopKey('EdDSA')
  const next = await postWithProof(server.issuer, other, refreshForm(client, body['refresh_token']))
  assert.deepEqual(claimsOf(next.body['access_token'])['cnf'], { jkt: other.thumbprint })
})

test('RFC 9449 §10: a code that was requested with dpop_jkt can be redeemed only with that key', async () => {
  const client = await register(server.issuer)
  const ask = () => obtainCodeForm(server.issuer, client, { dpop_jkt: key.thumbprint })
  assert.equal((await postToken(server.issuer, await ask())).body['error'], 'invalid_grant')
  const other = await createDpopKey()
  const foreign = await postWithProof(server.issuer, other, await ask())
  assert.equal(foreign.body['error'], 'invalid_grant')
  assert.equal((await postWithProof(server.issuer, key, await ask())).status, 200)
})

test('RFC 9449 §5.2: a client that registers dpop_bound_access_tokens gets no token without a proof', async () => {
  const metadata = { dpop_bound_access_tokens: true }
  const { client, body } = await obtainBound(metadata)
  assert.equal((client as unknown as typeof metadata).dpop_bound_access_tokens, true)
  assert.equal(body['token_type'], 'DPoP')
  const code = await obtainCodeForm(server.issuer, client)
  assert.equal((await postToken(server.issuer, code)).body['error'], 'invalid_grant')
})

test('RFC 9449 §4.3: a malformed proof or a proof for another request is rejected', async () => {
  const { client, body } = await obtainBound()
  const fields = refreshForm(client, body['refresh_token'])
  const url = `${server.issuer}/token`
  const bad = {
    'another method': await key.prove('GET', url),
    'another endpoint': await key.prove('POST', `${server.issuer}/userinfo`),
    'another server': await key.prove('POST', 'https://other.example/token'),
    'another type': await key.prove('POST', url, { typ: 'jwt' }),
    'no jti': await key.prove('POST', url, { claims: { jti: undefined } }),
    'another algorithm': await (await createDpopKey('RS256')).prove('POST', url),
    nonsense: 'x.y.z',
  }
  for (const [what, dpop] of Object.entries(bad)) {
    const answer = await postToken(server.issuer, fields, { dpop })
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_dpop_proof'], what)
  }
  assert.equal((await postWithProof(server.issuer, key, fields)).status, 200)
})

test('a proof of more than 4 KiB is refused, and its refresh token remains valid', async () => {
  const { client, body } = await obtainBound()
  const refreshWith = async (padding: number) => {
    const claims = { padding: 'x'.repeat(padding) }
    const dpop = await key.prove('POST', `${server.issuer}/token`, { claims })
    const refreshed = await postToken(server.issuer, refreshForm(client, body['refresh_token']), {
      dpop,
    })
    return [dpop.length > 4096, refreshed.status, refreshed.body['error']]
  }
  assert.deepEqual(await refreshWith(2800), [true, 400, 'invalid_dpop_proof'])
  assert.deepEqual(await refreshWith(2400), [false, 200, undefined])
})

test('RFC 9449 §11.1: a proof is accepted once, even if it is dated ahead', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const client = await register(own.issuer)
    const first = await postWithProof(own.issuer, key, await obtainCodeForm(own.issuer, client))
    const iat = Math.floor(Date.now() / 1000) + 290
    const dpop = await key.prove('POST', `${own.issuer}/token`, { claims: { iat } })
    const present = (token: unknown) => postToken(own.issuer, refreshForm(client, token), { dpop })
    const { status, body } = await present(first.body['refresh_token'])
    assert.equal(status, 200)
    for (const seconds of [0, 310, 200]) {
      mock.timers.tick(seconds * 1000)
      const again = await present(body['refresh_token'])
      assert.deepEqual([again.status, again.body['error']], [400, 'invalid_dpop_proof'])
    }
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('RFC 9449 §8: a client whose clock is wrong gets a nonce and succeeds with it', async () => {
  const { client, body, headers } = await obtainBound()
  assert.match(headers.get('dpop-nonce') ?? '', /^[\w-]{43}$/)
  assert.match(headers.get('access-control-expose-headers') ?? '', /\bDPoP-Nonce\b/)
  const fields = refreshForm(client, body['refresh_token'])
  const prove = (nonce?: string) =>
    key.prove('POST', `${server.issuer}/token`, { claims: { iat: 1_000_000_000, nonce } })
  const late = await postToken(server.issuer, fields, { dpop: await prove() })
  assert.deepEqual([late.status, late.body['error']], [400, 'use_dpop_nonce'])
  const unknown = await postToken(server.issuer, fields, { dpop: await prove('x'.repeat(43)) })
  assert.equal(unknown.body['error'], 'use_dpop_nonce')
  const nonce = late.headers.get('dpop-nonce') ?? ''
  const answer = await postToken(server.issuer, fields, { dpop: await prove(nonce) })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
})
