// Pushed authorization requests that are refused (RFC 9126 §2.3, §4).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  authorize,
  buildAuthorization,
  isAnswer,
  REDIRECT_URI,
  register,
} from '../support/journey.ts'
import { buildPushedRequestUrl, push, pushAuthorization } from '../support/par.ts'
import { jsonOf, send } from '../support/send.ts'

const { server, client } = await openClientStage()

const pushRefused = async (...args: Parameters<typeof push>) => {
  const answer = await push(...args)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, answer.body)
  return [answer.status, jsonOf(answer)['error']]
}

test("another client's request_uri is refused and stays valid for its owner", async () => {
  const pushed = await pushAuthorization(server.issuer, client)
  const thief = await register(server.issuer)
  const requestUri = new URL(pushed.url).searchParams.get('request_uri')
  const url = buildPushedRequestUrl(server.issuer, thief.client_id, requestUri)
  const page = await createUserAgent().open(url, { until: isAnswer(REDIRECT_URI) })
  assert.equal(new URL(page.url).searchParams.get('code'), null)
  assert.doesNotMatch(page.title, /^Allow /)
  assert.match((await authorize(pushed)).href, /[?&]code=/)
})

test('a request_uri that this server did not issue is refused and not fetched', async () => {
  for (const uri of [
    'https://client.example/request.jwt',
    `${server.issuer}/jwks`,
    'urn:ietf:params:oauth:request_uri:unknown',
    'urn:ietf:params:oauth:request_uri:',
    'x',
  ]) {
    const url = buildPushedRequestUrl(server.issuer, client.client_id, uri)
    const answer = await send(url, { headers: { accept: 'text/html' } })
    const target = answer.headers.get('location') ?? ''
    assert.ok(answer.status === 400 || isAnswer(REDIRECT_URI)(new URL(target)), uri)
    assert.doesNotMatch(target, /[?&]code=/, uri)
  }
})

test('a push is refused for the same faults as a request to /authorize, with a JSON error', async () => {
  const { issuer } = server
  const build = (parameters: Record<string, string | undefined>) =>
    buildAuthorization(issuer, client, parameters)
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined }
  assert.deepEqual(await pushRefused(issuer, build(withoutPkce)), [400, 'invalid_request'])
  const foreign = { redirect_uri: 'https://evil.example/cb' }
  assert.deepEqual(await pushRefused(issuer, build(foreign)), [400, 'invalid_request'])
  const unknown = { resource: 'https://foreign.example/mcp' }
  assert.deepEqual(await pushRefused(issuer, build(unknown)), [400, 'invalid_target'])
  const nested = { request_uri: 'urn:ietf:params:oauth:request_uri:x' }
  assert.equal((await pushRefused(issuer, build(nested)))[0], 400)
  assert.deepEqual(await pushRefused(issuer, build({ client_id: 'nobody' })), [
    401,
    'invalid_client',
  ])
  const text = { headers: { 'content-type': 'application/json', accept: 'text/html' }, body: '{}' }
  assert.equal((await pushRefused(issuer, build({}), {}, text))[0], 400)
})

test('a confidential client can push only with its secret', async () => {
  const own = await register(server.issuer, { token_endpoint_auth_method: 'client_secret_post' })
  const authorization = buildAuthorization(server.issuer, own)
  const without = await pushRefused(server.issuer, authorization)
  assert.deepEqual(without, [401, 'invalid_client'])
  const wrong = await pushRefused(server.issuer, authorization, { client_secret: 'wrong' })
  assert.deepEqual(wrong, [401, 'invalid_client'])
})
