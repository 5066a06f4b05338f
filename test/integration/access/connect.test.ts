// The page behind `interaction_uri`: a person connects an MCP server with the upstream.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange, PLAIN_RESOURCE } from '../../support/exchange.ts'
import { logIn } from '../../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { form, send } from '../../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../../support/server.ts'

let upstream: RenewingUpstream
let server: TestServer
before(async () => {
  upstream = await startRenewingUpstream()
  server = await startTestServer({ upstream, env: EXCHANGE_ENV, file: EXCHANGE_FILE })
})
after(() => server.close())
let people = 0
beforeEach(() => {
  people += 1
  upstream.person = { ...upstream.person, sub: `person-${people}` }
  upstream.grantedScope = undefined
})

/** A client's token for a person who has not granted the scopes, and the page that the exchange names. */
async function needConnection() {
  upstream.grantedScope = 'openid profile email'
  const { tokens } = await logIn(server.issuer)
  const { body } = await exchange(server.issuer, tokens['access_token'])
  assert.equal(body['error'], 'interaction_required')
  upstream.grantedScope = undefined
  return { token: tokens['access_token'], url: String(body['interaction_uri']) }
}

test('a person who connects the MCP server at the address of the exchange can be served at once', async () => {
  const { token, url } = await needConnection()
  const agent = createUserAgent()
  const page = await agent.open(url)
  assert.equal(page.status, 200)
  assert.match(page.body, /Calendar/)
  assert.match(page.body, /calendar\.read/)
  assert.equal(upstream.scopes.length > 0, true)
  const asked = upstream.scopes.length
  const connected = await agent.submit(page, { button: /^Connect/ })
  assert.equal(upstream.scopes.length, asked + 1)
  assert.match(upstream.scopes.at(-1) ?? '', /calendar\.read/)
  assert.equal(connected.title.includes('Connected'), true, connected.title)
  assert.match(connected.body, /canary-mail@example\.com/)
  assert.equal((await exchange(server.issuer, token)).status, 200)
  // Opened again, it says so, and nothing goes upstream.
  assert.match((await agent.open(url)).title, /Connected/)
  assert.equal(upstream.scopes.length, asked + 1)
})

test('somebody else who follows the address connects themselves, not the person of the token', async () => {
  const { token, url } = await needConnection()
  upstream.person = { ...upstream.person, sub: 'somebody-else' }
  const agent = createUserAgent()
  await agent.submit(await agent.open(url), { button: /^Connect/ })
  const { body } = await exchange(server.issuer, token)
  assert.equal(body['error'], 'interaction_required')
})

test('a person who does not grant the scopes sees the page again', async () => {
  const { url } = await needConnection()
  upstream.grantedScope = 'openid'
  const agent = createUserAgent()
  const page = await agent.submit(await agent.open(url), { button: /^Connect/ })
  assert.doesNotMatch(page.title, /Connected/)
  assert.match(page.body, /calendar\.read/)
})

test('no other site can begin the sign-in, and the page is only for MCP servers that may exchange', async () => {
  const { url } = await needConnection()
  const asked = upstream.scopes.length
  const forged = await send(`${server.issuer}/connect`, {
    body: form({ resource: TEST_RESOURCE, csrf_token: 'x' }),
  })
  assert.equal(forged.status, 403)
  assert.equal(upstream.scopes.length, asked)
  assert.equal((await send(url)).status, 200)
  for (const resource of [PLAIN_RESOURCE, 'https://evil.example/', '', '\'"><script>']) {
    const answer = await send(`${server.issuer}/connect?${new URLSearchParams({ resource })}`)
    assert.equal(answer.status, 404, resource)
  }
  assert.equal((await send(`${server.issuer}/connect`)).status, 404)
})
