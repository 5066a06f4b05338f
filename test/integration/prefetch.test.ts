import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildAuthorization, register } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('a prefetch of an authorization begins nothing, is not kept, and is no failure of ours', async () => {
  const { url } = buildAuthorization(server.issuer, await register(server.issuer))
  for (const purpose of ['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip']) {
    const answer = await send(url, { headers: { 'sec-purpose': purpose } })
    assert.equal(answer.status, 403, purpose)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('set-cookie'), null)
    assert.equal(answer.headers.get('location'), null)
  }
  assert.equal((await send(url)).status, 303, 'the person who comes is let in')
})
