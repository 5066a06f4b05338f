import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calculateJwkThumbprint } from 'jose'
import { createCsrfTokens } from '../../../src/crypto/csrf-token.ts'
import { deriveKey } from '../../../src/crypto/derived-key.ts'
import { generateSigningKeys, publicKeys } from '../../../src/crypto/signing-keys.ts'

test('new keys are one RS256 and one ES256 key, with their RFC 7638 thumbprints as kid', async () => {
  const { keys } = await generateSigningKeys()
  assert.deepEqual(
    keys.map(({ alg, use, kty }) => ({ alg, use, kty })),
    [
      { alg: 'RS256', use: 'sig', kty: 'RSA' },
      { alg: 'ES256', use: 'sig', kty: 'EC' },
    ],
  )
  for (const key of keys) assert.equal(key.kid, await calculateJwkThumbprint(key))
})

test('a published key has no private member', async () => {
  const { keys } = publicKeys(await generateSigningKeys())
  assert.deepEqual(
    keys.map((key) => Object.keys(key).sort()),
    [
      ['alg', 'e', 'kid', 'kty', 'n', 'use'],
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ],
  )
})

const [OLD, NEW] = ['old-secret-old-secret-old-secret', 'new-secret-new-secret-new-secret'] as const

test('each purpose and each secret gives a different key', () => {
  const bytes = (...key: Parameters<typeof deriveKey>) => deriveKey(...key).export()
  assert.equal(bytes(OLD, 'csrf').length, 32)
  assert.notDeepEqual(bytes(OLD, 'csrf'), bytes(OLD, 'cookies'))
  assert.notDeepEqual(bytes(OLD, 'csrf'), bytes(NEW, 'csrf'))
})

test('a CSRF token is valid only for its interaction, and stays valid during a rotation of the secret', () => {
  const before = createCsrfTokens([OLD])
  const token = before.create('interaction')
  assert.equal(before.create('interaction'), token)
  assert.equal(before.isValid('interaction', token), true)
  assert.equal(before.isValid('other', token), false)
  assert.equal(createCsrfTokens([NEW, OLD]).isValid('interaction', token), true)
  assert.equal(createCsrfTokens([NEW]).isValid('interaction', token), false)
  for (const invalid of [undefined, '', 'x', `${token}x`]) {
    assert.equal(before.isValid('interaction', invalid), false)
  }
})
