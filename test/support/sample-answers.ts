// Checks over HTTP that an MCP server of docs/samples answers as RFC 6750 and RFC 9728 require. The samples differ in language
// and framework, not in this.
import assert from 'node:assert/strict'
import { createSampleTokens } from './sample-tokens.ts'
import type { TestServer } from './server.ts'

const SCOPE = 'mcp:tools'

export async function checkSample(server: TestServer, resource: string): Promise<void> {
  const tokens = createSampleTokens(server, resource)
  const metadataUrl = `${new URL(resource).origin}/.well-known/oauth-protected-resource/mcp`

  const metadata = (await (await fetch(metadataUrl)).json()) as Record<string, unknown>
  assert.equal(metadata['resource'], resource)
  assert.deepEqual(metadata['authorization_servers'], [server.issuer])
  assert.deepEqual(metadata['scopes_supported'], [SCOPE])

  async function ask(token?: string) {
    const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const response = await fetch(resource, { method: 'POST', headers })
    await response.body?.cancel()
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate') ?? '',
    }
  }

  const without = await ask()
  assert.equal(without.status, 401)
  assert.ok(without.challenge.includes(`resource_metadata="${metadataUrl}"`), without.challenge)

  for (const [what, token] of Object.entries(await tokens.listInvalid())) {
    const { status, challenge } = await ask(token)
    assert.equal(status, 401, what)
    assert.match(challenge, /^Bearer .*error="invalid_token"/, what)
    assert.ok(challenge.includes(`resource_metadata="${metadataUrl}"`), what)
  }

  const lacking = await ask(await tokens.sign({ scope: 'other' }))
  assert.equal(lacking.status, 403)
  assert.match(lacking.challenge, /error="insufficient_scope"/)
  assert.match(lacking.challenge, /scope="mcp:tools"/)

  // Not a request of MCP: the token was accepted, whatever the server says to the rest.
  for (const token of [(await tokens.obtain()).accessToken, await tokens.sign()]) {
    const { status } = await ask(token)
    assert.ok(![401, 403, 500, 503].includes(status), `${status}`)
  }
}
