import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createCookieMacs } from '../../../src/crypto/cookie-macs.ts'
import { deriveKey } from '../../../src/crypto/derived-key.ts'

const [OLD, NEW] = ['old-secret-old-secret-old-secret', 'new-secret-new-secret-new-secret'] as const
const COOKIE = 'mcp_oidc_session=value'

/** As versions before SHA-256 signed, with Keygrip's default. */
function signWithSha1(secret: string, data: string): string {
  const key = deriveKey(secret, 'cookies').export().toString('base64')
  return createHmac('sha1', key).update(data).digest('base64url')
}

test('a cookie is signed with HMAC-SHA-256 under the newest secret', () => {
  const mac = createCookieMacs([NEW, OLD]).sign(COOKIE)
  assert.equal(Buffer.from(mac, 'base64url').length, 32)
  assert.equal(mac, createCookieMacs([NEW]).sign(COOKIE))
  assert.equal(createCookieMacs([NEW]).index(COOKIE, mac), 0)
})

test('the MACs of an older secret and of SHA-1 are accepted, and are not the first', () => {
  const macs = createCookieMacs([NEW, OLD])
  const accepted = [
    createCookieMacs([OLD]).sign(COOKIE),
    signWithSha1(NEW, COOKIE),
    signWithSha1(OLD, COOKIE),
  ]
  for (const mac of accepted) {
    assert.equal(macs.verify(COOKIE, mac), true)
    assert.ok(macs.index(COOKIE, mac) > 0, 'Koa signs the cookie again if the position is not 0')
  }
})

test('any other MAC is rejected: of another cookie, a secret that was removed, or no MAC at all', () => {
  const macs = createCookieMacs([NEW])
  const rejected = [
    macs.sign('mcp_oidc_session=other'),
    signWithSha1(NEW, 'mcp_oidc_session=other'),
    createCookieMacs([OLD]).sign(COOKIE),
    signWithSha1(OLD, COOKIE),
    createHmac('sha256', deriveKey(NEW, 'cookies')).update(COOKIE).digest('base64url'),
    macs.sign(COOKIE).slice(0, -2),
    `${macs.sign(COOKIE)}AAAA`,
    '',
  ]
  for (const mac of rejected) {
    assert.equal(macs.verify(COOKIE, mac), false)
    assert.equal(macs.index(COOKIE, mac), -1)
  }
})
