import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRegisteredRedirectUri } from '../../../src/oauth/redirect-uri.ts'

const WEB = 'https://editor.example/callback'

test('a redirect URI is registered if it is one of the registered ones, character by character', () => {
  assert.equal(isRegisteredRedirectUri(WEB, ['https://other.example/', WEB]), true)
  const others = [
    'https://editor.example/callback/',
    'https://editor.example/Callback',
    'https://editor.example/callback?a=1',
    'https://EDITOR.example/callback',
    'https://editor.example:443/callback',
  ]
  for (const other of others) assert.equal(isRegisteredRedirectUri(other, [WEB]), false, other)
  assert.equal(isRegisteredRedirectUri(WEB, []), false)
})

test('a loopback redirect URI may have any port and any loopback host name', () => {
  const registered = [WEB, 'http://localhost/callback?a=1']
  for (const uri of [
    'http://localhost/callback?a=1',
    'http://localhost:33418/callback?a=1',
    'http://127.0.0.1:33418/callback?a=1',
    'http://[::1]/callback?a=1',
  ]) {
    assert.equal(isRegisteredRedirectUri(uri, registered), true, uri)
  }
})

test('a loopback redirect URI of another path, query, scheme or host is not registered', () => {
  const registered = [WEB, 'http://localhost/callback?a=1']
  for (const uri of [
    'http://localhost:33418/callback',
    'http://localhost:33418/callback?a=2',
    'http://localhost:33418/other?a=1',
    'https://localhost:33418/callback?a=1',
    'http://editor.example:33418/callback?a=1',
    'http://localhost',
  ]) {
    assert.equal(isRegisteredRedirectUri(uri, registered), false, uri)
  }
})
