import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addGrant, newestEntries } from '../../../src/domain/approval.ts'
import type { Approval } from '../../../src/records/record-values.ts'

const WEB = 'https://editor.example/callback'
const OTHER_WEB = 'https://editor.example/other'

function build(...added: Parameters<typeof addGrant>[1][]): Approval {
  return added.reduce(addGrant, [])
}

const grant = (
  name: string,
  scopes: string[],
  options: { redirectUri?: string; expiresAt?: number | undefined; allowedAt?: number } = {},
) => ({ redirectUri: undefined, expiresAt: 1000, allowedAt: 1, ...options, grant: name, scopes })

test('the newest grant applies to each of its scopes, and an older grant to the remaining ones', () => {
  const approval = build(grant('old', ['openid', 'read']), grant('new', ['read', 'write']))
  const newest = { openid: 'old', read: 'new', write: 'new' }
  const grants = [...newestEntries(approval)].map(([scope, entry]) => [scope, entry.grant])
  assert.deepEqual(Object.fromEntries(grants), newest)
})

test('a grant for the same scopes replaces the older grant', () => {
  const newer = grant('new', ['read'], { expiresAt: 2000, allowedAt: 2 })
  assert.deepEqual(build(grant('old', ['read']), newer), [newer])
})

test('an approval for one redirect URI remains when another redirect URI is approved', () => {
  const approval = build(
    grant('web', ['read'], { redirectUri: WEB }),
    grant('other', ['read'], { redirectUri: OTHER_WEB }),
  )
  assert.deepEqual(
    approval.map(({ redirectUri, scopes }) => [redirectUri, scopes]),
    [
      [WEB, ['read']],
      [OTHER_WEB, ['read']],
    ],
  )
  assert.equal(newestEntries(approval).get('read')?.grant, 'other')
})

test('a grant without a consent page becomes the newest, and keeps the times of the earlier page', () => {
  const approval = build(
    grant('early', ['read'], { redirectUri: WEB, expiresAt: 1000, allowedAt: 1 }),
    grant('late', ['openid', 'write'], { redirectUri: WEB, expiresAt: 2000, allowedAt: 2 }),
    grant('other', ['read', 'write'], { redirectUri: OTHER_WEB, expiresAt: 3000, allowedAt: 3 }),
    grant('silent', ['read', 'write'], { redirectUri: WEB, expiresAt: undefined, allowedAt: 4 }),
  )
  assert.deepEqual(approval, [
    grant('late', ['openid'], { redirectUri: WEB, expiresAt: 2000, allowedAt: 2 }),
    grant('other', ['read', 'write'], { redirectUri: OTHER_WEB, expiresAt: 3000, allowedAt: 3 }),
    grant('silent', ['read'], { redirectUri: WEB, expiresAt: 1000, allowedAt: 1 }),
    grant('silent', ['write'], { redirectUri: WEB, expiresAt: 2000, allowedAt: 2 }),
  ])
})

test('a grant without a consent page adds only scopes that a page has listed for its redirect URI', () => {
  const asked = grant('asked', ['read', 'write'], { redirectUri: WEB })
  const silent = { redirectUri: OTHER_WEB, expiresAt: undefined }
  const approval = build(asked, grant('silent', ['read'], silent))
  assert.deepEqual(approval, [asked])
})

test('an approval keeps the newest twenty redirect URIs', () => {
  const uris = Array.from({ length: 30 }, (_, port) => `http://127.0.0.1:${port + 1}/callback`)
  const approval = build(
    ...uris.map((redirectUri) => grant(redirectUri, ['read'], { redirectUri })),
  )
  assert.deepEqual(
    approval.map(({ redirectUri }) => redirectUri),
    uris.slice(10),
  )
})
