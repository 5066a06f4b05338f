import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRedirectPolicy } from '../../../src/oauth/redirect-uri.ts'
import {
  acceptableUri,
  anyUri,
  CURSOR_REDIRECT_URI,
  loopbackUri,
} from '../../support/arbitrary-uris.ts'

const policy = createRedirectPolicy({
  issuer: 'https://auth.example.com',
  privateUseRedirectUris: [CURSOR_REDIRECT_URI],
})
const find = (uri: string) => policy.findTarget(uri)

test('every https URI, every loopback URI and every listed URI is acceptable', () => {
  fc.assert(fc.property(acceptableUri, (uri) => find(uri) !== undefined))
  fc.assert(fc.property(loopbackUri, (uri) => find(uri)?.kind === 'loopback'))
})

test('an acceptable URI leads to the reported host, and has no fragment or credentials', () => {
  fc.assert(
    fc.property(anyUri, (uri) => {
      const target = find(uri)
      if (target === undefined) return
      if (target.kind === 'private-use') return assert.equal(uri, CURSOR_REDIRECT_URI)
      const url = new URL(uri)
      assert.equal(target.host, url.host)
      assert.deepEqual([url.username, url.password, url.hash], ['', '', ''])
      // Every parser finds the same host (RFC 3986 §3.2).
      const [, authority = ''] = /^https?:\/\/([^/?#]+)/i.exec(uri) ?? []
      assert.equal(new URL(`${url.protocol}//${authority}`).host, url.host)
      assert.ok(url.protocol === 'https:' || target.kind === 'loopback', uri)
    }),
    { numRuns: 1000 },
  )
})
