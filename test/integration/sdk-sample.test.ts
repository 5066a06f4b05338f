// Runs docs/samples/mcp-server.ts as a program, as docs/mcp-servers.md says: an MCP server with the official SDK 2.x.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OAuthError } from '@modelcontextprotocol/server'
import { createTokenVerifier } from '../../docs/samples/mcp-server.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADA } from '../support/journey.ts'
import { checkSample } from '../support/sample-answers.ts'
import { createSampleTokens } from '../support/sample-tokens.ts'
import { createSdkV2Application } from '../support/sdk-v2-application.ts'
import { OTHER_RESOURCE, startTestServer, type TestServer } from '../support/server.ts'
import { firstAnswer, spawnNode } from '../support/server-process.ts'

let server: TestServer
let sample: ReturnType<typeof spawnNode>
let resource: string
before(async () => {
  resource = `http://localhost:${await findFreePort()}/mcp`
  server = await startTestServer({ env: { RESOURCES: `${resource} ${OTHER_RESOURCE}` } })
  sample = spawnNode(['docs/samples/mcp-server.ts'], {
    env: { OAUTH_ISSUER_URL: server.issuer, OAUTH_AUDIENCE: resource },
  })
  await firstAnswer(sample, resource)
})
after(async () => {
  sample.kill('SIGKILL')
  await sample.exit
  await server.close()
})

test('a client finds this server through the sample, signs a person in, and the tool knows the caller', async (t) => {
  const application = createSdkV2Application({ serverUrl: resource })
  const client = await application.connect()
  t.after(() => client.close())
  const { content } = await client.callTool({ name: 'whoami', arguments: {} })
  const [item] = content as { text: string }[]
  assert.deepEqual(JSON.parse(item?.text ?? '{}'), {
    sub: ADA,
    client_id: application.kept.client?.client_id,
  })
})

test('the sample with the SDK answers as RFC 6750 and RFC 9728 require', () =>
  checkSample(server, resource))

test('keys that cannot be fetched are no fault of the token, so the sample does not answer 401', async () => {
  const issuer = `http://localhost:${await findFreePort()}`
  const token = await createSampleTokens(server, resource).sign({ iss: issuer })
  const { verifyAccessToken } = createTokenVerifier({ issuer, audience: resource })
  await assert.rejects(verifyAccessToken(token), (error) => !(error instanceof OAuthError))
  const there = createTokenVerifier({ issuer: server.issuer, audience: resource })
  await assert.rejects(there.verifyAccessToken('not-a-token'), OAuthError)
})

test('the sample repeats the metadata of this server for clients of the protocol 2025-03-26', async () => {
  const read = async (origin: string) =>
    (await fetch(`${origin}/.well-known/oauth-authorization-server`)).json()
  assert.deepEqual(await read(new URL(resource).origin), await read(server.issuer))
})
