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

test('spaces around and between scopes, and repetitions, mean nothing', () => {
  assert.deepEqual(parseScope('  openid   mcp:read openid '), ['openid', 'mcp:read'])
  assert.deepEqual(parseScope(undefined), [])
  assert.deepEqual(parseScope(' '), [])
})

test('a request without a scope of the resource server gets its default set', () => {
  assert.equal(resolveRequestedScope(undefined, server), 'mcp:read')
  assert.equal(resolveRequestedScope('openid email', server), 'openid email mcp:read')
})

test('a request that names a scope of the resource server gets what it names', () => {
  assert.equal(resolveRequestedScope('mcp:write', server), 'mcp:write')
  assert.equal(resolveRequestedScope('mcp:write unknown', server), 'mcp:write')
})

test('names that every object has are no scopes', () => {
  assert.equal(resolveRequestedScope('constructor toString', server), 'mcp:read')
})

test('without a resource server the OpenID scopes alone are left', () => {
  assert.equal(resolveRequestedScope('openid mcp:read', undefined), 'openid')
  assert.equal(resolveRequestedScope('mcp:read', undefined), undefined)
})

test('a refresh may repeat offline_access and unknown scopes', () => {
  assert.equal(resolveRefreshScope('mcp:read offline_access nonsense', [server]), 'mcp:read')
  assert.equal(resolveRefreshScope('offline_access', [server]), undefined)
})
