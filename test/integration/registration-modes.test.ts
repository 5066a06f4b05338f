// The setting `registration.mode`, which decides who may register. Updating a registration:
// registration-management.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REDIRECT_URI } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const body = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' }
const DISCOVERY = '/.well-known/oauth-authorization-server'

test('in mode token, a registration needs the initial access token (RFC 7591 §3)', async (t) => {
  const token = 'an-initial-access-token'
  const server = await startTestServer({
    env: { REGISTRATION_TOKEN: token },
    file: { registration: { mode: 'token' } },
  })
  t.after(server.close)
  const post = (headers: Record<string, string> = {}) =>
    send(`${server.issuer}/register`, { body, headers })
  for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'Bearer ' }]) {
    const refused = await post(headers)
    assert.ok([400, 401].includes(refused.status), refused.body)
    assert.match(refused.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(jsonOf(refused)['client_id'], undefined)
  }
  const wrong = await post({ authorization: 'Bearer another' })
  assert.deepEqual([wrong.status, jsonOf(wrong)['error']], [401, 'invalid_token'])
  assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer\b/)
  assert.equal((await post({ authorization: `Bearer ${token}` })).status, 201)
  assert.ok(!server.logLines.join('').includes(token))
})

test('in mode off, registration is not advertised and its endpoint is 404', async (t) => {
  const server = await startTestServer({ file: { registration: { mode: 'off' } } })
  t.after(server.close)
  const metadata = jsonOf(await send(server.issuer + DISCOVERY))
  assert.equal(metadata['registration_endpoint'], undefined)
  for (const path of ['/register', '/Register/', '/register/x']) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const answer = await send(server.issuer + path, {
        method,
        ...(method === 'POST' && { body }),
      })
      assert.deepEqual([answer.status, jsonOf(answer)['error']], [404, 'not_found'], path)
    }
  }
})

for (const isChunked of [false, true]) {
  const framing = isChunked ? 'in chunks' : 'with a Content-Length'
  test(`a registration sent ${framing} is a 413 above 48 KiB and accepted at 48 KiB`, async (t) => {
    const server = await startTestServer()
    t.after(server.close)
    const post = (bytes: number) => {
      const rest = bytes - JSON.stringify({ ...body, x: '' }).length
      const sending = { body: { ...body, x: 'x'.repeat(rest) }, isChunked }
      return send(`${server.issuer}/register`, sending)
    }
    for (const bytes of [48 * 1024 + 1, 55 * 1024, 57 * 1024]) {
      const large = await post(bytes)
      assert.deepEqual([large.status, jsonOf(large)['error']], [413, 'invalid_request'])
      assert.match(String(jsonOf(large)['error_description']), /too large/)
      assert.match(server.logLines.at(-1) ?? '', /"body_too_large"/)
    }
    assert.equal((await post(48 * 1024)).status, 201)
  })
}

test('without management, a registration cannot be read or changed', async (t) => {
  const server = await startTestServer()
  t.after(server.close)
  const registered = jsonOf(await send(`${server.issuer}/register`, { body }))
  assert.equal(registered['registration_access_token'], undefined)
  assert.equal(registered['registration_client_uri'], undefined)
  const url = `${server.issuer}/register/${registered['client_id']}`
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await send(url, { method, headers: { authorization: 'Bearer x' } })
    assert.ok([401, 404, 405].includes(answer.status), method)
  }
})
