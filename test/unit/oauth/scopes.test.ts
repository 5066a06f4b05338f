import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parseScope,
  resolveRefreshScope,
  resolveRequestedScope,
} from '../../../src/oauth/scopes.ts'

const server = {
  resource: 'https://mcp.example.com/mcp',
  name: 'Example',
  scopes: { 'mcp:read': 'Read', 'mcp:write': 'Change' },
  defaultScopes: ['mcp:read'],
  accessTokenSeconds: 900,
}

test('spaces around and between scopes, and repetitions, are ignored', () => {
  assert.deepEqual(parseScope('  openid   mcp:read openid '), ['openid', 'mcp:read'])
  assert.deepEqual(parseScope(undefined), [])
  assert.deepEqual(parseScope(' '), [])
})

test('a request without a scope of the resource server also gets its default scopes', () => {
  assert.equal(resolveRequestedScope(undefined, server), 'mcp:read')
  assert.equal(resolveRequestedScope('openid email', server), 'openid email mcp:read')
})

test('a request that names a scope of the resource server gets no default scopes', () => {
  assert.equal(resolveRequestedScope('mcp:write', server), 'mcp:write')
  assert.equal(resolveRequestedScope('mcp:write unknown', server), 'mcp:write')
})

test('the names of built-in object properties are not scopes', () => {
  assert.equal(resolveRequestedScope('constructor toString', server), 'mcp:read')
})

test('without a resource server, a request gets only the OpenID Connect scopes', () => {
  assert.equal(resolveRequestedScope('openid mcp:read', undefined), 'openid')
  assert.equal(resolveRequestedScope('mcp:read', undefined), undefined)
})

test('a refresh may include offline_access and unknown scopes, which are ignored', () => {
  assert.equal(resolveRefreshScope('mcp:read offline_access nonsense', [server]), 'mcp:read')
  assert.equal(resolveRefreshScope('offline_access', [server]), undefined)
})
