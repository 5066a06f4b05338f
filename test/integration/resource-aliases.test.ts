// A resource server that clients name by several URIs: mcp-use 1.x names the origin of the MCP server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  authorize,
  buildAuthorization,
  claimsOf,
  obtainTokens,
  refresh,
  register,
} from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { OTHER_RESOURCE, startTestServer, TEST_RESOURCE } from '../support/server.ts'

const ALIAS = new URL(TEST_RESOURCE).origin
const SECRET = 'secret-of-the-crm'

const crm = {
  resource: TEST_RESOURCE,
  name: 'Example CRM',
  scopes: { 'crm:read': 'Read customers', 'crm:write': 'Change customers' },
  defaultScopes: ['crm:read'],
  accessTokenSeconds: 777,
  introspectionSecretEnv: 'CRM_SECRET',
}
const options = (aliases: string[]) => ({
  env: { RESOURCES: OTHER_RESOURCE, CRM_SECRET: SECRET },
  file: { resourceServers: [{ ...crm, aliases }] },
})

const { server, client } = await openClientStage(options([ALIAS]))

test('a token for an alias has that alias as aud, as configured, in every spelling of the client', async () => {
  for (const resource of [ALIAS, `${ALIAS}/`, 'HTTPS://MCP.Example.com:443']) {
    const { status, body } = await obtainTokens(server.issuer, client, {
      parameters: { resource },
      form: { resource },
    })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(claimsOf(body['access_token'])['aud'], ALIAS)
    const again = await refresh(server.issuer, client, body['refresh_token'], { resource })
    assert.equal(claimsOf(again.body['access_token'])['aud'], ALIAS)
  }
})

test('without the alias, the same request is invalid_target', async () => {
  const strict = await startTestServer(options([]))
  try {
    const unknown = buildAuthorization(strict.issuer, await register(strict.issuer), {
      resource: ALIAS,
    })
    const { searchParams } = await authorize(unknown)
    assert.equal(searchParams.get('error'), 'invalid_target')
  } finally {
    await strict.close()
  }
})

test('a token for an alias has the scopes and the lifetime of its resource server', async () => {
  const parameters = { resource: ALIAS, scope: 'crm:read crm:write mcp:tools' }
  const { body } = await obtainTokens(server.issuer, client, { parameters })
  assert.equal(body['scope'], 'crm:read crm:write')
  assert.equal(body['expires_in'], 777)
  const plain = await obtainTokens(server.issuer, client, { parameters: { resource: ALIAS } })
  assert.equal(plain.body['scope'], 'crm:read')
})

test('the consent page of a request for an alias has the name of its resource server', async () => {
  const { url } = buildAuthorization(server.issuer, client, { resource: ALIAS })
  const page = await createUserAgent().open(url)
  assert.match(page.body, /Example CRM/)
})

test('a resource server may introspect the tokens for its aliases', async () => {
  const { body } = await obtainTokens(server.issuer, client, { parameters: { resource: ALIAS } })
  const answer = await send(`${server.issuer}/introspect`, {
    headers: { authorization: basic(TEST_RESOURCE, SECRET) },
    body: form({ token: String(body['access_token']) }),
  })
  const { active, aud } = jsonOf(answer)
  assert.deepEqual({ active, aud }, { active: true, aud: ALIAS })
})

test('a refresh token gets no token for another URI of the same resource server', async () => {
  for (const [granted, other] of [
    [TEST_RESOURCE, ALIAS],
    [ALIAS, TEST_RESOURCE],
  ]) {
    const { body } = await obtainTokens(server.issuer, client, {
      parameters: { resource: granted },
    })
    const token = body['refresh_token']
    const refused = await refresh(server.issuer, client, token, { resource: other })
    assert.equal(refused.body['error'], 'invalid_target')
    const { status } = await refresh(server.issuer, client, token, { resource: granted })
    assert.equal(status, 200)
  }
})

test('an alias may be the default for requests without resource', async () => {
  const { env, file } = options([ALIAS])
  const own = await startTestServer({ env, file: { ...file, defaultResource: ALIAS } })
  try {
    const { body } = await obtainTokens(own.issuer, await register(own.issuer))
    assert.equal(claimsOf(body['access_token'])['aud'], ALIAS)
  } finally {
    await own.close()
  }
})
