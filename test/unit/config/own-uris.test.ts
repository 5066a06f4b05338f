import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkIssuerPath } from '../../../src/config/own-uris.ts'
import { isCanonicalIssuer, pathOfIssuer } from '../../../src/oauth/issuer.ts'

const ORIGIN = 'https://auth.example.com'

test('an issuer with a path is a fault unless ALLOW_ISSUER_PATH is true', () => {
  for (const [OIDC_ISSUER, ALLOW_ISSUER_PATH, expected] of [
    [ORIGIN, false, []],
    [ORIGIN, true, []],
    [`${ORIGIN}/a`, true, []],
    [`${ORIGIN}/a`, false, ['OIDC_ISSUER']],
  ] as const) {
    const faults: string[] = []
    checkIssuerPath({ OIDC_ISSUER, ALLOW_ISSUER_PATH }, (name) => faults.push(name))
    assert.deepEqual(faults, expected, OIDC_ISSUER)
  }
})

test('an issuer is in the form that a browser serializes, with a path that a router can match', () => {
  for (const path of ['', '/a', '/a/b-c', '/a.b_c/~d']) {
    assert.ok(isCanonicalIssuer(ORIGIN + path), path)
    assert.equal(pathOfIssuer(ORIGIN + path), path)
  }
  for (const value of [
    `${ORIGIN}/`,
    `${ORIGIN}/a/`,
    `${ORIGIN}/a//b`,
    `${ORIGIN}/a?b`,
    `${ORIGIN}/a#b`,
    `${ORIGIN}/:a`,
    `${ORIGIN}/a%20b`,
    `${ORIGIN}/a/../b`,
    `${ORIGIN}/..`,
    'https://AUTH.example.com/a',
    'https://auth.example.com:443/a',
    'https://u@auth.example.com/a',
    'x',
  ]) {
    assert.ok(!isCanonicalIssuer(value), value)
  }
})
