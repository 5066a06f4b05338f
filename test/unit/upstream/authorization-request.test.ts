import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Configuration } from 'openid-client'
import { beginLogin } from '../../../src/upstream/authorization-request.ts'
import { upstreamConfig } from '../../support/upstream-config.ts'

const ISSUER = 'https://upstream.example'
const server = new Configuration(
  { issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize` },
  'client',
)

test('parameters that the provider rejects are not sent, whoever adds them, and those of the protocol always are', async () => {
  const upstream = {
    ...upstreamConfig(ISSUER),
    parameters: { resource: 'https://api.example', prompt: 'consent', organization: 'one' },
    needsRefreshTokens: true,
    refreshParameters: { access_type: 'offline' },
    dropParameters: ['resource', 'login_hint', 'access_type', 'state', 'code_challenge'],
  }
  const request = { prompt: undefined, maxAgeSeconds: 60, loginHint: 'ada' }
  const { url, state } = await beginLogin(server, upstream, request)
  const { searchParams } = new URL(url)
  for (const name of ['resource', 'login_hint', 'access_type']) {
    assert.equal(searchParams.get(name), null, name)
  }
  assert.equal(searchParams.get('organization'), 'one')
  assert.equal(searchParams.get('max_age'), '60')
  assert.equal(searchParams.get('prompt'), 'consent')
  assert.equal(searchParams.get('state'), state)
  assert.equal(searchParams.get('code_challenge_method'), 'S256')
  assert.ok(searchParams.get('code_challenge'))
})
