import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const REDIRECT_URIS = ['http://127.0.0.1:33418/callback', 'https://a.example/callback']

const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.subarray(REDIRECT_URIS))
    .map(([members, uris]) => JSON.stringify({ ...members, redirect_uris: uris })),
)

test('/register answers any body with a registration or an OAuth error', async () => {
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(body, async (content) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(content)),
      }
      const answer = await send(`${server.issuer}/register`, {
        method: 'POST',
        headers,
        body: content,
      })
      statuses.add(answer.status)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      const { client_id, error, error_description } = jsonOf(answer)
      if (answer.status === 201) return assert.match(String(client_id), /^[\w-]{20,}$/)
      assert.equal(answer.status, 400, answer.body)
      assert.match(String(error), /^invalid_(client_metadata|redirect_uri|request)$/)
      assert.ok(error_description)
    }),
    { numRuns: 300 },
  )
  assert.deepEqual([...statuses].sort(), [201, 400])
})
