import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  buildAuthorization,
  claimsOf,
  obtainTokens,
  refresh,
  register,
} from '../support/journey.ts'
import { OTHER_RESOURCE, TEST_RESOURCE } from '../support/server.ts'

const file = {
  resourceServers: [
    {
      resource: TEST_RESOURCE,
      scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' },
      defaultScopes: ['notes:read'],
    },
    { resource: OTHER_RESOURCE, scopes: { 'mail:read': 'Read your mail' } },
  ],
  defaultResource: TEST_RESOURCE,
}

const { server, client } = await openClientStage({ file, env: { RESOURCES: '' } })

async function scopeFor(scope: string | undefined, resource?: string) {
  const { body } = await obtainTokens(server.issuer, client, { parameters: { scope, resource } })
  assert.equal(claimsOf(body['access_token'])['scope'], body['scope'])
  return body['scope']
}

test('a client that asks for no scope gets the default set of the resource server', async () => {
  for (const scope of [undefined, '', '   ']) assert.equal(await scopeFor(scope), 'notes:read')
  assert.equal(await scopeFor(undefined, OTHER_RESOURCE), 'mail:read')
})

test('a request for only openid profile email also gets the default scopes of the resource server', async () => {
  const scope = await scopeFor('openid profile email')
  assert.equal(scope, 'openid profile email notes:read')
})

test('a client that asks for scopes gets those scopes and no default ones', async () => {
  assert.equal(await scopeFor('notes:write'), 'notes:write')
  assert.equal(await scopeFor('notes:read notes:write'), 'notes:read notes:write')
})

test('A34: unknown scopes and scopes of another resource server are left out', async () => {
  assert.equal(await scopeFor('notes:read admin mail:read'), 'notes:read')
  assert.equal(await scopeFor('admin'), 'notes:read')
  assert.equal(await scopeFor('mail:read notes:read', OTHER_RESOURCE), 'mail:read')
})

test('property names of JavaScript objects are not scopes', async () => {
  assert.equal(await scopeFor('constructor toString __proto__ notes:read'), 'notes:read')
})

test('extra spaces and repeated scopes are ignored', async () => {
  const scope = '  notes:read   notes:write notes:read '
  assert.equal(await scopeFor(scope), 'notes:read notes:write')
  assert.equal(await scopeFor(' offline_access notes:read'), 'notes:read')
})

test('the scope of a registration does not limit later requests', async () => {
  const pinned = await register(server.issuer, { scope: 'openid' })
  const parameters = { scope: 'notes:read notes:write' }
  const { body } = await obtainTokens(server.issuer, pinned, { parameters })
  assert.equal(body['scope'], 'notes:read notes:write')
})

test('the consent page lists the granted scopes with their configured descriptions', async () => {
  const { url } = buildAuthorization(server.issuer, client, { scope: 'openid notes:write admin' })
  const page = await createUserAgent().open(url)
  assert.match(page.body, /Change your notes/)
  assert.match(page.body, /Recognise you/)
  assert.doesNotMatch(page.body, /Read your notes|admin/)
})

test('a refresh can ask for fewer scopes, and the next one gets all of them again', async () => {
  const parameters = { scope: 'openid notes:read notes:write' }
  const { body } = await obtainTokens(server.issuer, client, { parameters })
  const less = await refresh(server.issuer, client, body['refresh_token'], { scope: 'notes:read' })
  assert.equal(less.status, 200)
  assert.equal(claimsOf(less.body['access_token'])['scope'], 'notes:read')
  const all = await refresh(server.issuer, client, less.body['refresh_token'])
  assert.equal(claimsOf(all.body['access_token'])['scope'], 'openid notes:read notes:write')
})

test('a refresh that asks for more than was granted is invalid_scope and consumes nothing', async () => {
  const { body } = await obtainTokens(server.issuer, client, {
    parameters: { scope: 'notes:read' },
  })
  const form = { scope: 'notes:read notes:write' }
  const more = await refresh(server.issuer, client, body['refresh_token'], form)
  assert.deepEqual([more.status, more.body['error']], [400, 'invalid_scope'])
  assert.equal((await refresh(server.issuer, client, body['refresh_token'])).status, 200)
})

test('offline_access, unknown scopes and extra spaces in a refresh are ignored', async () => {
  let { body } = await obtainTokens(server.issuer, client, { parameters: { scope: 'notes:read' } })
  for (const scope of ['offline_access', 'notes:read offline_access', ' notes:read  admin ', '']) {
    const refreshed = await refresh(server.issuer, client, body['refresh_token'], { scope })
    assert.equal(refreshed.status, 200, `${scope}: ${JSON.stringify(refreshed.body)}`)
    assert.equal(refreshed.body['scope'], 'notes:read', scope)
    body = refreshed.body
  }
})
