import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUrl } from '../../../src/oauth/parse-url.ts'
import { anyUri } from '../../support/arbitrary-uris.ts'

test('a URL with a short host is parsed as URL.parse does', () => {
  fc.assert(
    fc.property(anyUri, (text) => {
      assert.equal(parseUrl(text)?.href, URL.parse(text)?.href)
    }),
  )
  assert.equal(parseUrl(`https://a.example/${'x/'.repeat(5000)}`)?.host, 'a.example')
})

test('a URL with a host of more than 512 characters is not parsed, however it is spelled', () => {
  for (const beginning of [
    'https://',
    'HTTPS:',
    'https:/',
    'https:////',
    'https:\\\\',
    'ht\ntps:/\t/\r',
    ' \u0000https://',
    'https://user:password@',
    'http:',
    'wss://',
    'ftp:/',
    'file:////',
  ]) {
    for (const end of ['', '/path', '\\path', '?query', '#fragment']) {
      const host = 'ü'.repeat(513)
      const control = URL.parse(`${beginning}${host}${end}`)
      assert.ok(control, `control: ${JSON.stringify(beginning)}`)
      assert.equal(parseUrl(`${beginning}${host}${end}`), undefined, beginning + end)
    }
  }
  assert.ok(parseUrl(`https://${'ü'.repeat(512)}/`))
})
