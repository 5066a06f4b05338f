import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

test('50 parallel refreshes of one token all succeed, with one successor', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => refresh(server.issuer, client, tokens['refresh_token'])),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const successors = new Set(answers.map(({ body }) => body['refresh_token']))
  assert.equal(successors.size, 1)
})
