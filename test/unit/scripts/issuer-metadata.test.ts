import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { listen } from '../../../scripts/dev/listen.ts'
import { startMcpServer } from '../../../scripts/dev/mcp-server.ts'

/** An MCP server, and an authorization server that answers with `status`. */
async function start(t: TestContext) {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  t.after(close)
  const issuer = `http://localhost:${port}`
  const metadata = { issuer, authorization_endpoint: `${issuer}/authorize`, mark: 'as is' }
  const answers = { status: 200, asked: [] as (string | undefined)[] }
  server.on('request', (request, response) => {
    answers.asked.push(request.url)
    response.writeHead(answers.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(metadata))
  })
  const mcp = await startMcpServer({ port: 0, issuer })
  t.after(mcp.close)
  const get = () => fetch(new URL('/.well-known/oauth-authorization-server', mcp.url))
  return { metadata, answers, get }
}

test('the MCP server repeats the metadata of the authorization server unchanged', async (t) => {
  const { metadata, answers, get } = await start(t)
  assert.deepEqual(answers.asked, [], 'the authorization server may start later')
  const answer = await get()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  assert.deepEqual(await answer.json(), metadata)
  assert.deepEqual(answers.asked, ['/.well-known/oauth-authorization-server'])
})

test('while the authorization server is down, its metadata is a 503 and not a 404', async (t) => {
  const { answers, get } = await start(t)
  answers.status = 500
  const refused = await get()
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '5')
  answers.status = 200
  assert.equal((await get()).status, 200)
})
