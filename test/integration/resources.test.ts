import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClientStage } from '../support/client-stage.ts'
import {
  authorize,
  buildAuthorization,
  type Client,
  claimsOf,
  obtainTokens,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { pushAuthorization } from '../support/par.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../support/server.ts'

// RFC 8707: the `resource` of a request decides the audience of its tokens.

const { server: single, client } = await openClientStage()
const { server: several, client: severalClient } = await openClientStage({
  env: { RESOURCES: `${TEST_RESOURCE},${OTHER_RESOURCE}` },
})

const audienceOf = (tokens: Record<string, unknown>) => claimsOf(tokens['access_token'])['aud']

/** Sends each of `resources` unchanged as a `resource` parameter. */
async function authorizeWith({ issuer }: TestServer, sender: Client, resources: string[]) {
  const authorization = buildAuthorization(issuer, sender)
  const url = new URL(authorization.url)
  for (const resource of resources) url.searchParams.append('resource', resource)
  const answer = await authorize({ ...authorization, url: url.href })
  return { ...authorization, answer }
}

function assertInvalidTarget(server: TestServer, sent: { answer: URL; state: string }) {
  const { searchParams } = sent.answer
  assert.equal(searchParams.get('error'), 'invalid_target')
  assert.equal(searchParams.get('state'), sent.state)
  assert.equal(searchParams.get('iss'), server.issuer)
  assert.equal(searchParams.get('code'), null)
}

test('A32: resource is accepted on authorization, token and refresh requests and becomes the audience', async () => {
  for (const resource of [TEST_RESOURCE, OTHER_RESOURCE]) {
    const { body } = await obtainTokens(several.issuer, severalClient, {
      parameters: { resource },
      form: { resource },
    })
    assert.equal(audienceOf(body), resource)
    const again = await refresh(several.issuer, severalClient, body['refresh_token'], { resource })
    assert.equal(audienceOf(again.body), resource)
  }
})

test('A32: a token or refresh request without resource gets the authorized one', async () => {
  const parameters = { resource: OTHER_RESOURCE }
  const { body } = await obtainTokens(several.issuer, severalClient, { parameters })
  assert.equal(audienceOf(body), OTHER_RESOURCE)
  const again = await refresh(several.issuer, severalClient, body['refresh_token'])
  assert.equal(audienceOf(again.body), OTHER_RESOURCE)
})

test('A33: upper case in scheme and host and one trailing slash are accepted, with the same audience', async () => {
  for (const resource of [
    'https://mcp.example.com/mcp/',
    'HTTPS://MCP.Example.COM/mcp',
    'Https://mcp.EXAMPLE.com:443/mcp/',
  ]) {
    const options = { parameters: { resource }, form: { resource } }
    const { status, body } = await obtainTokens(several.issuer, severalClient, options)
    assert.equal(status, 200, resource)
    assert.equal(audienceOf(body), TEST_RESOURCE, resource)
    const again = await refresh(several.issuer, severalClient, body['refresh_token'], { resource })
    assert.equal(again.status, 200, resource)
    assert.equal(audienceOf(again.body), TEST_RESOURCE, resource)
  }
})

test('A33: the same resource in two spellings is one resource', async () => {
  const spellings = [TEST_RESOURCE, `${TEST_RESOURCE}/`]
  const { answer, codeVerifier } = await authorizeWith(several, severalClient, spellings)
  const { body } = await redeem(several.issuer, severalClient, { answer, codeVerifier })
  assert.equal(audienceOf(body), TEST_RESOURCE)
})

const UNKNOWN = [
  'https://foreign.example.com/mcp',
  'https://mcp.example.com/MCP',
  'https://mcp.example.com/mcp//',
  'https://mcp.example.com/mcp/x',
  'https://mcp.example.com/mcp?x=1',
  'https://mcp.example.com/mcp#x',
  'https://user@mcp.example.com/mcp',
  'http://mcp.example.com/mcp',
  'https://mcp.example.com',
  'mcp',
]

test('an unknown resource redirects to the client with invalid_target, state and iss', async () => {
  for (const resource of UNKNOWN) {
    assertInvalidTarget(single, await authorizeWith(single, client, [resource]))
  }
})

test('a resource of more than 2,000 characters, or more than five of them, get invalid_target', async () => {
  const long = `${TEST_RESOURCE}?`.padEnd(2000, 'x')
  const six = Array.from({ length: 6 }, () => TEST_RESOURCE)
  for (const [resources, description] of [
    [[long], /^resource is not one/],
    [[`${long}x`], /at most 2000 characters/],
    [[TEST_RESOURCE, `${long}x`], /at most 2000 characters/],
    [[`https://${'ü'.repeat(600)}.example/`], /at most 2000 characters/],
    [six, /one absolute URI/],
  ] as const) {
    const sent = await authorizeWith(single, client, [...resources])
    assertInvalidTarget(single, sent)
    assert.match(sent.answer.searchParams.get('error_description') ?? '', description)
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: client.client_id,
      refresh_token: String((await obtainTokens(single.issuer, client)).body['refresh_token']),
    })
    for (const resource of resources) form.append('resource', resource)
    const response = await fetch(`${single.issuer}/token`, { method: 'POST', body: form })
    assert.equal(response.status, 400)
    assert.equal((await response.json()).error, 'invalid_target')
  }
  const five = Array.from({ length: 5 }, () => TEST_RESOURCE)
  const { answer } = await authorizeWith(single, client, five)
  assert.ok(answer.searchParams.has('code'))
})

test('an invalid resource redirects only to a redirect URI that the client has registered', async () => {
  const authorization = buildAuthorization(single.issuer, client, {
    redirect_uri: 'https://evil.example/cb',
    resource: 'x'.repeat(2001),
  })
  const response = await fetch(authorization.url, { redirect: 'manual' })
  assert.equal(response.status, 400)
  assert.equal(response.headers.get('location'), null)
})

test('an unknown or unauthorized resource is a 400 invalid_target at /token', async () => {
  const parameters = { resource: TEST_RESOURCE }
  for (const resource of [...UNKNOWN, OTHER_RESOURCE]) {
    const form = { resource }
    const redeemed = await obtainTokens(several.issuer, severalClient, { parameters, form })
    assert.equal(redeemed.status, 400, resource)
    assert.equal(redeemed.body['error'], 'invalid_target', resource)
    const { body } = await obtainTokens(several.issuer, severalClient, { parameters })
    const refreshed = await refresh(several.issuer, severalClient, body['refresh_token'], form)
    assert.equal(refreshed.status, 400, resource)
    assert.equal(refreshed.body['error'], 'invalid_target', resource)
  }
})

test('a code that was refused for its resource is not spent: the right resource gets tokens', async () => {
  const parameters = { resource: TEST_RESOURCE }
  const authorization = buildAuthorization(several.issuer, severalClient, parameters)
  const answer = await authorize(authorization)
  const { codeVerifier } = authorization
  const redeemFor = (resource: string) =>
    redeem(several.issuer, severalClient, { answer, codeVerifier }, { resource })
  const both = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: severalClient.client_id,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: codeVerifier,
    redirect_uri: REDIRECT_URI,
  })
  for (const resource of [TEST_RESOURCE, OTHER_RESOURCE]) both.append('resource', resource)
  for (const resource of [...UNKNOWN, OTHER_RESOURCE]) {
    const { status, body } = await redeemFor(resource)
    assert.deepEqual([status, body['error']], [400, 'invalid_target'], resource)
  }
  const twice = await fetch(`${several.issuer}/token`, { method: 'POST', body: both })
  assert.equal(((await twice.json()) as { error?: string }).error, 'invalid_target')
  const { status, body } = await redeemFor(`${TEST_RESOURCE}/`)
  assert.equal(status, 200, JSON.stringify(body))
  const again = await refresh(several.issuer, severalClient, body['refresh_token'])
  assert.equal(again.status, 200, 'the grant lives')
  assert.doesNotMatch(several.logLines.join('\n'), /code_reuse/)
  const reused = await redeemFor(OTHER_RESOURCE)
  assert.equal(
    reused.body['error'],
    'invalid_grant',
    'control: a spent code is a reuse all the same',
  )
})

test('a refresh that was refused for its resource leaves the refresh token valid', async () => {
  const { body } = await obtainTokens(single.issuer, client)
  const resource = 'https://foreign.example.com/mcp'
  const refused = await refresh(single.issuer, client, body['refresh_token'], { resource })
  assert.equal(refused.body['error'], 'invalid_target')
  const { status } = await refresh(single.issuer, client, body['refresh_token'])
  assert.equal(status, 200)
})

test('a missing or empty resource means the only resource server', async () => {
  for (const resources of [[], ['']]) {
    const { answer, codeVerifier } = await authorizeWith(single, client, resources)
    const form = resources.length === 0 ? {} : { resource: '' }
    const { body } = await redeem(single.issuer, client, { answer, codeVerifier }, form)
    assert.equal(audienceOf(body), TEST_RESOURCE)
    const again = await refresh(single.issuer, client, body['refresh_token'], form)
    assert.equal(audienceOf(again.body), TEST_RESOURCE)
  }
})

test('a missing or empty resource is invalid_target if there are several resource servers', async () => {
  for (const resources of [[], ['']]) {
    assertInvalidTarget(several, await authorizeWith(several, severalClient, resources))
  }
})

test('a request without resource means the configured defaultResource', async () => {
  const own = await startTestServer({
    env: { RESOURCES: `${TEST_RESOURCE},${OTHER_RESOURCE}` },
    file: { defaultResource: OTHER_RESOURCE },
  })
  try {
    const { body } = await obtainTokens(own.issuer, await register(own.issuer))
    assert.equal(audienceOf(body), OTHER_RESOURCE)
  } finally {
    await own.close()
  }
})

test('a configured client that names no resource, as FastMCP’s proxy, gets its own default', async () => {
  const proxy = { client_name: 'Proxy', redirect_uris: [REDIRECT_URI] }
  const own = await startTestServer({
    env: { RESOURCES: `${TEST_RESOURCE},${OTHER_RESOURCE}`, PROXY_SECRET: 'secret-of-the-proxy' },
    file: {
      clients: [
        {
          ...proxy,
          client_id: 'fastmcp',
          clientSecretEnv: 'PROXY_SECRET',
          defaultResource: OTHER_RESOURCE,
        },
        { ...proxy, client_id: 'no-default' },
      ],
    },
  })
  try {
    const fastmcp = { client_id: 'fastmcp', client_secret: 'secret-of-the-proxy' }
    const { status, body } = await obtainTokens(own.issuer, fastmcp)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(audienceOf(body), OTHER_RESOURCE)
    const again = await refresh(own.issuer, fastmcp, body['refresh_token'])
    assert.equal(audienceOf(again.body), OTHER_RESOURCE)

    const pushed = await pushAuthorization(own.issuer, fastmcp)
    const answer = await authorize(pushed)
    const redeemed = await redeem(own.issuer, fastmcp, {
      answer,
      codeVerifier: pushed.codeVerifier,
    })
    assert.equal(audienceOf(redeemed.body), OTHER_RESOURCE, 'a pushed request')

    const parameters = { resource: TEST_RESOURCE }
    const named = await obtainTokens(own.issuer, fastmcp, { parameters })
    assert.equal(audienceOf(named.body), TEST_RESOURCE, 'it is a default, not a limit')

    const registered = await register(own.issuer)
    for (const other of [{ client_id: 'no-default' }, registered]) {
      assertInvalidTarget(own, await authorizeWith(own, other, []))
    }
  } finally {
    await own.close()
  }
})

test('two resources in one request are refused: a token is for one MCP server', async () => {
  const both = [TEST_RESOURCE, OTHER_RESOURCE]
  assertInvalidTarget(several, await authorizeWith(several, severalClient, both))

  const parameters = { resource: TEST_RESOURCE }
  const { body } = await obtainTokens(several.issuer, severalClient, { parameters })
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: severalClient.client_id,
    refresh_token: String(body['refresh_token']),
  })
  for (const resource of both) form.append('resource', resource)
  const response = await fetch(`${several.issuer}/token`, { method: 'POST', body: form })
  assert.equal(response.status, 400)
  assert.equal((await response.json()).error, 'invalid_target')
})
