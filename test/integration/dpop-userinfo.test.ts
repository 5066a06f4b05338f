import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createDpopKey, type DpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof } from '../support/dpop-journey.ts'
import { logIn, register } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

// RFC 9449 §7: a token that is bound to a key is useless without it.

let server: TestServer
let key: DpopKey
let accessToken: string
let url: string
before(async () => {
  server = await startTestServer()
  key = await createDpopKey()
  url = `${server.issuer}/userinfo`
  const code = await obtainCodeForm(server.issuer, await register(server.issuer), {
    scope: 'openid',
  })
  const { body } = await postWithProof(server.issuer, key, code)
  accessToken = String(body['access_token'])
})
after(() => server.close())

const ask = (headers: Record<string, string>, method = 'GET') => send(url, { method, headers })
const prove = (claims = {}, method = 'GET') => key.prove(method, url, { accessToken, claims })
const withProof = (dpop: string, method?: string) =>
  ask({ authorization: `DPoP ${accessToken}`, dpop }, method)

test('a bound access token with a proof of its key is accepted, and the response has a nonce', async () => {
  for (const method of ['GET', 'POST']) {
    const answer = await withProof(await prove({}, method), method)
    assert.deepEqual([answer.status, jsonOf(answer)], [200, { sub: 'dev-1815' }], method)
    assert.match(answer.headers.get('dpop-nonce') ?? '', /^[\w-]{43}$/)
  }
  const other = await prove({ htu: `${url}?x=1#y` })
  assert.equal((await withProof(other)).status, 200, 'query and fragment of htu are ignored')
})

test('a bound access token as a bearer token or without a proof gets a 401', async () => {
  for (const authorization of [`Bearer ${accessToken}`, `DPoP ${accessToken}`]) {
    const answer = await ask({ authorization })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_token'])
    const challenge = answer.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /^DPoP algs="ES256 Ed25519 EdDSA", error="invalid_token"/)
  }
  const bearer = { authorization: `Bearer ${accessToken}`, dpop: await prove() }
  assert.equal((await ask(bearer)).status, 401)
})

test('an unbound access token is rejected under the DPoP scheme', async () => {
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const unbound = String(tokens['access_token'])
  const dpop = await key.prove('GET', url, { accessToken: unbound })
  const answer = await ask({ authorization: `DPoP ${unbound}`, dpop })
  assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_token'])
})

test('RFC 9449 §4.3: a proof that does not match request, token or key gets 401 invalid_dpop_proof', async () => {
  const foreign = await createDpopKey()
  const good = await prove()
  const bad = {
    'another method': await prove({}, 'POST'),
    'another URL': await prove({ htu: `${server.issuer}/token` }),
    'another host': await prove({ htu: 'https://other.example/userinfo' }),
    'another access token': await key.prove('GET', url, { accessToken: 'x' }),
    'no ath': await key.prove('GET', url),
    'no jti': await prove({ jti: undefined }),
    'no iat': await prove({ iat: undefined }),
    'a jti that is not a string': await prove({ jti: 1 }),
    'another key': await foreign.prove('GET', url, { accessToken }),
    'another type': await key.prove('GET', url, { accessToken, typ: 'jwt' }),
    'another algorithm': await (await createDpopKey('RS256')).prove('GET', url, { accessToken }),
    'two proofs': `${good}, ${good}`,
    nonsense: 'x',
  }
  for (const [what, dpop] of Object.entries(bad)) {
    const answer = await withProof(dpop)
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [401, 'invalid_dpop_proof'], what)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /^DPoP .*error="invalid_dpop_proof"/, what)
  }
})

test('a proof is accepted once', async () => {
  const dpop = await prove()
  const answers = await Promise.all(Array.from({ length: 10 }, () => withProof(dpop)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

test('RFC 9449 §9: a proof with a wrong clock gets use_dpop_nonce and is accepted with the nonce', async () => {
  const late = await withProof(await prove({ iat: 1_000_000_000 }))
  assert.deepEqual([late.status, jsonOf(late)['error']], [401, 'use_dpop_nonce'])
  const nonce = late.headers.get('dpop-nonce') ?? ''
  assert.equal((await withProof(await prove({ iat: 1_000_000_000, nonce }))).status, 200)
  const unknown = await withProof(await prove({ nonce: 'x' }))
  assert.deepEqual([unknown.status, jsonOf(unknown)['error']], [401, 'use_dpop_nonce'])
})

test('a request without a token gets a challenge for both schemes', async () => {
  const answer = await ask({})
  const challenge = answer.headers.get('www-authenticate') ?? ''
  assert.equal(challenge, 'Bearer, DPoP algs="ES256 Ed25519 EdDSA"')
})
