// Runs docs/samples/exchange-token.ts as a program: an MCP client calls its tool, and the API sees the upstream's token.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createTokenExchange } from '../../docs/samples/exchange-token.ts'
import { findFreePort } from '../support/free-port.ts'
import { logIn } from '../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../support/renewing-upstream.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { firstAnswer, spawnNode } from '../support/server-process.ts'

const SECRET = 'secret of the sample: 100% + more'

let upstream: RenewingUpstream
let server: TestServer
let sample: ReturnType<typeof spawnNode>
let resource: string
before(async () => {
  resource = `http://localhost:${await findFreePort()}/mcp`
  upstream = await startRenewingUpstream()
  server = await startTestServer({
    upstream,
    env: { RESOURCES: '', SAMPLE_SECRET: SECRET },
    file: {
      resourceServers: [
        {
          resource,
          introspectionSecretEnv: 'SAMPLE_SECRET',
          upstreamTokens: { scopes: ['profile'] },
        },
      ],
      defaultResource: resource,
    },
  })
  sample = spawnNode(['docs/samples/exchange-token.ts'], {
    env: {
      OAUTH_ISSUER_URL: server.issuer,
      OAUTH_AUDIENCE: resource,
      OAUTH_SECRET: SECRET,
      UPSTREAM_NAME: 'Test sign-in',
      API_URL: `${upstream.issuer}/userinfo`,
    },
  })
})
after(async () => {
  sample.kill('SIGKILL')
  await sample.exit
  await server.close()
})

/** What the tool answers to an MCP client with this token. */
async function callTool(accessToken: unknown) {
  const client = new Client({ name: 'test', version: '1' })
  const requestInit = { headers: { authorization: `Bearer ${accessToken}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), { requestInit }))
  try {
    const result = await client.callTool({ name: 'my_profile' })
    const [content] = result.content as { text: string }[]
    return { isError: result.isError === true, text: content?.text ?? '' }
  } finally {
    await client.close()
  }
}

test('the sample calls the API in the name of its caller, and the client never sees the token', async () => {
  assert.equal((await firstAnswer(sample, resource)).status, 401)
  const { tokens } = await logIn(server.issuer)
  const { isError, text } = await callTool(tokens['access_token'])
  assert.equal(isError, false, text)
  assert.equal(JSON.parse(text)['sub'], upstream.person.sub)
  for (const issued of upstream.issued) assert.ok(!text.includes(issued))
})

test('the sample tells a person who has to connect where to do so', async () => {
  const { tokens } = await logIn(server.issuer)
  upstream.endGrants()
  upstream.expiresInSeconds = 1
  upstream.givesRefreshTokens = false
  upstream.person = { ...upstream.person, sub: 'without-tokens' }
  upstream.grantedScope = 'openid'
  const other = await logIn(server.issuer)
  const { isError, text } = await callTool(other.tokens['access_token'])
  assert.equal(isError, true)
  assert.match(text, new RegExp(`^Open ${server.issuer}/connect\\?resource=`))
  assert.equal((await callTool(tokens['access_token'])).isError, false)
})

test('a wrong secret and a token that has ended are errors of the sample, not of the person', async () => {
  const { tokens } = await logIn(server.issuer)
  const options = { issuer: server.issuer, resource, audience: 'Test sign-in' }
  const wrong = createTokenExchange({ ...options, secret: 'wrong' })
  await assert.rejects(wrong(String(tokens['access_token'])), /401 invalid_client/)
  const right = createTokenExchange({ ...options, secret: SECRET })
  await assert.rejects(right('ended'), /400 invalid_request/)
})
