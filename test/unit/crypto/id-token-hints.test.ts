import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importJWK, type JWTPayload, SignJWT } from 'jose'
import { createIdTokenHints } from '../../../src/crypto/id-token-hints.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'

const ISSUER = 'https://auth.example.com'
const jwks = await generateSigningKeys()
const strangers = await generateSigningKeys(['RS256'])
const hints = createIdTokenHints({ issuer: ISSUER, jwks })
const CLAIMS = { iss: ISSUER, aud: 'client', sub: 'ada' }

async function sign(
  claims: JWTPayload,
  {
    keys = jwks.keys,
    alg = 'RS256',
    typ,
  }: { keys?: typeof jwks.keys; alg?: string; typ?: string } = {},
): Promise<string> {
  const jwk = keys.find((key) => key.alg === alg) ?? assert.fail()
  const header = { alg, kid: jwk.kid ?? '', ...(typ === undefined ? {} : { typ }) }
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(jwk, alg))
}

test('L2: an ID token names its client, also when it has expired', async () => {
  assert.equal(await hints.findAudience(await sign(CLAIMS)), 'client')
  assert.equal(await hints.findAudience(await sign({ ...CLAIMS, exp: 1 })), 'client')
  assert.equal(await hints.findAudience(await sign(CLAIMS, { typ: 'JWT' })), 'client')
})

test('L2: no other token names a client', async () => {
  const others = {
    "another server's": await sign(CLAIMS, { keys: strangers.keys }),
    'another issuer': await sign({ ...CLAIMS, iss: `${ISSUER}/` }),
    'no issuer': await sign({ aud: 'client' }),
    'several audiences': await sign({ ...CLAIMS, aud: ['client', 'other'] }),
    'no audience': await sign({ iss: ISSUER }),
    'an access token': await sign(CLAIMS, { typ: 'at+jwt' }),
    'another algorithm': await sign(CLAIMS, { alg: 'ES256' }),
    'no token': 'a.b.c',
    empty: '',
  }
  for (const [what, token] of Object.entries(others)) {
    assert.equal(await hints.findAudience(token), undefined, what)
  }
})

test('a payload that is no object names no client', async () => {
  const { CompactSign } = await import('jose')
  const [jwk] = jwks.keys
  assert.ok(jwk)
  for (const payload of ['x', '"client"', 'null', '[]']) {
    const token = await new CompactSign(Buffer.from(payload))
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid ?? '' })
      .sign(await importJWK(jwk, 'RS256'))
    assert.equal(await hints.findAudience(token), undefined, payload)
  }
})
