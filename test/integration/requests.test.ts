// Requests as real clients send them, direct and pushed: extra parameters must not break them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  authorize,
  buildAuthorization,
  claimsOf,
  obtainTokens,
  redeem,
  refresh,
} from '../support/journey.ts'
import { push, pushAuthorization } from '../support/par.ts'
import { form, jsonOf, send } from '../support/send.ts'
import { TEST_RESOURCE } from '../support/server.ts'

const { server, client } = await openClientStage()

/** Adds the same `resource` twice. */
function repeatResource<T extends { append(name: string, value: string): void }>(parameters: T): T {
  parameters.append('resource', TEST_RESOURCE)
  parameters.append('resource', TEST_RESOURCE)
  return parameters
}

test('a resource that is repeated unchanged is accepted at /authorize, /par and /token', async () => {
  const authorization = buildAuthorization(server.issuer, client)
  const url = new URL(authorization.url)
  repeatResource(url.searchParams)
  const pushed = await push(server.issuer, { url: url.href })
  assert.equal(pushed.status, 201, pushed.body)
  const answer = await authorize({ ...authorization, url: url.href })
  const redeeming = {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: url.searchParams.get('redirect_uri') ?? '',
  }
  const redeemed = await send(`${server.issuer}/token`, { body: repeatResource(form(redeeming)) })
  assert.equal(redeemed.status, 200, redeemed.body)
  const refreshing = {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: String(jsonOf(redeemed)['refresh_token']),
  }
  const refreshed = await send(`${server.issuer}/token`, { body: repeatResource(form(refreshing)) })
  assert.equal(claimsOf(jsonOf(refreshed)['access_token'])['aud'], TEST_RESOURCE)
})

test('a resource with a query that is not configured is invalid_target, direct and pushed', async () => {
  const resource = `${TEST_RESOURCE}?session=1`
  const authorization = buildAuthorization(server.issuer, client, { resource })
  const pushed = await push(server.issuer, authorization)
  assert.deepEqual([pushed.status, jsonOf(pushed)['error']], [400, 'invalid_target'])
  const answer = await authorize(authorization)
  assert.equal(answer.searchParams.get('error'), 'invalid_target')
})

const ADDITIONS = [
  { prompt: 'consent' },
  { prompt: 'login' },
  { prompt: 'consent login' },
  { prompt: 'select_account' },
  { prompt: '' },
  { max_age: '3600' },
  { max_age: '0' },
  { max_age: '' },
  { id_token_hint: 'x' },
  { id_token_hint: '' },
  { max_age: '0', id_token_hint: 'x', prompt: 'select_account' },
  { login_hint: 'ada@example.com' },
  { login_hint: '"><script>alert(1)</script>' },
  { ui_locales: 'de-CH de en' },
  { ui_locales: 'x-nonsense !!' },
  { display: 'popup', claims_locales: 'en', acr_values: 'x', nonce: 'n' },
  { access_type: 'offline', audience: 'x', state: '' },
]

for (const addition of ADDITIONS) {
  test(`a request succeeds, direct and pushed, with ${JSON.stringify(addition)}`, async () => {
    const direct = buildAuthorization(server.issuer, client, addition)
    for (const asked of [direct, await pushAuthorization(server.issuer, client, addition)]) {
      const answer = await authorize(asked)
      const { status, body } = await redeem(server.issuer, client, { answer, ...asked })
      assert.equal(status, 200, JSON.stringify(body))
      assert.match(String(body['token_type']), /^Bearer$/)
    }
  })
}

test('prompt=none redirects to the client without a page, direct and pushed', async () => {
  const direct = buildAuthorization(server.issuer, client, { prompt: 'none' })
  const pushed = await pushAuthorization(server.issuer, client, { prompt: 'none' })
  for (const { url } of [direct, pushed]) {
    const { searchParams } = await authorize({ ...direct, url }, { agent: createUserAgent() })
    assert.equal(searchParams.get('error'), 'login_required')
  }
})

test('without openid, prompt=none with max_age or id_token_hint is invalid_request, direct and pushed', async () => {
  for (const [addition, expected] of [
    [{ max_age: '3600' }, 'invalid_request'],
    [{ max_age: '0' }, 'invalid_request'],
    [{ id_token_hint: 'x' }, 'invalid_request'],
    [{ max_age: '', id_token_hint: '' }, 'login_required'],
  ] as const) {
    const parameters = { prompt: 'none', ...addition }
    const direct = buildAuthorization(server.issuer, client, parameters)
    const { searchParams } = await authorize(direct, { agent: createUserAgent() })
    assert.equal(searchParams.get('error'), expected, JSON.stringify(addition))
    const pushed = await push(server.issuer, direct)
    if (expected === 'login_required') assert.equal(pushed.status, 201)
    else assert.deepEqual([pushed.status, jsonOf(pushed)['error']], [400, expected])
  }
})

test('a push with a repeated prompt is refused, even where the server would add a prompt', async () => {
  const { url } = buildAuthorization(server.issuer, client, { prompt: 'none', max_age: '0' })
  const pushed = await push(server.issuer, { url: `${url}&prompt=consent` })
  assert.deepEqual([pushed.status, jsonOf(pushed)['error']], [400, 'invalid_request'])
  assert.match(
    String(jsonOf(pushed)['error_description']),
    /'prompt' parameter must not be provided twice/,
  )
})

test('a token, push or revocation body that is not a form is refused with the expected content type', async () => {
  const { body } = await obtainTokens(server.issuer, client)
  const fields = {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: body['refresh_token'],
  }
  for (const path of ['/token', '/par', '/revoke']) {
    const answer = await send(server.issuer + path, { body: fields })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [400, 'invalid_request'], path)
    const description = String(jsonOf(answer)['error_description'])
    assert.match(description, /application\/x-www-form-urlencoded/, path)
  }
  assert.equal((await refresh(server.issuer, client, body['refresh_token'])).status, 200)
})
