import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHttpsOrLoopback, isLoopback, parseLoopbackUri } from '../../../src/oauth/loopback.ts'

test('RFC 8252 §7.3, §8.3: localhost and the loopback addresses are loopback hosts', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST', '127.1', '[0:0::1]']) {
    assert.equal(isLoopback(new URL(`http://${host}:8080/`)), true, host)
  }
  for (const host of [
    'localhost.example.com',
    'localhost.',
    'a.localhost',
    '127.0.0.2',
    '127.0.0.1.example.com',
    '[::]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ]) {
    assert.equal(isLoopback(new URL(`http://${host}/`)), false, host)
  }
})

test('a URL is https, or http on a loopback host', () => {
  for (const url of ['https://example.com', 'http://localhost:4000', 'https://127.0.0.1/a']) {
    assert.equal(isHttpsOrLoopback(url), true, url)
  }
  for (const url of ['http://example.com', 'ftp://localhost', 'localhost:4000', 'localhost', '']) {
    assert.equal(isHttpsOrLoopback(url), false, url)
  }
})

test('a loopback URI is split into host and rest, without its port', () => {
  for (const [uri, host, rest] of [
    ['http://127.0.0.1:49152/callback', 'http://127.0.0.1', '/callback'],
    ['http://localhost/callback?a=b', 'http://localhost', '/callback?a=b'],
    ['http://[::1]:65535', 'http://[::1]', ''],
    ['http://localhost:0?a', 'http://localhost', '?a'],
  ] as const) {
    assert.deepEqual(parseLoopbackUri(uri), { host, rest }, uri)
  }
})

test('a URI that is not written as a loopback http URI is undefined', () => {
  for (const uri of [
    'https://localhost/callback',
    'http://localhost:65536/callback',
    'http://localhost:/callback',
    'http://localhost:80a/callback',
    'http://LOCALHOST/callback',
    'HTTP://localhost/callback',
    'http://127.1/callback',
    'http://localhost.example.com/callback',
    'http://localhost@example.com/callback',
    'http://localhost:80@example.com/callback',
    'http://user@localhost/callback',
    'http://localhost#fragment',
    'http:localhost/callback',
    ' http://localhost/callback',
    '',
  ]) {
    assert.equal(parseLoopbackUri(uri), undefined, uri)
  }
})
