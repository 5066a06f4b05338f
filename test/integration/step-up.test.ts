// A second authorization that asks for more scopes (MCP authorization, Step-Up).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import {
  ADA,
  approve,
  buildAuthorization,
  type Client,
  claimsOf,
  GRACE,
  redeem,
  refresh,
  switchAccount,
} from '../support/journey.ts'
import { approveOnce, startRememberingServer, WEB } from '../support/remembering.ts'
import type { TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startRememberingServer({ env: { CONSENT: 'always' } })
})
after(() => server.close())

async function ask(client: Client, agent: UserAgent, scope: string) {
  const parameters = { redirect_uri: WEB, scope }
  const authorization = buildAuthorization(server.issuer, client, parameters)
  return { ...authorization, page: await agent.open(authorization.url) }
}

const LINES: Readonly<Record<string, string>> = {
  'Recognise you': 'openid',
  'See your name and picture': 'profile',
  'See your e-mail address': 'email',
  'Read your customers': 'crm:read',
  'Change your customers': 'crm:write',
}

/** The scopes on the page by what their heading says of them: new, allowed earlier, or nothing (''). */
function readScopes(page: Page): Record<string, string[]> {
  const lists: Record<string, string[]> = {}
  for (const section of parse(page.body).querySelectorAll('.permissions')) {
    const heading = section.querySelector('h2')?.textContent ?? ''
    const kind = / new$/.test(heading) ? NEW : /^Allowed on/.test(heading) ? ALLOWED : ''
    const scopes = section.querySelectorAll('li').map((item) => LINES[item.textContent] ?? '?')
    lists[kind] = [...(lists[kind] ?? []), ...scopes]
  }
  return lists
}

const NEW = 'new'
const ALLOWED = 'allowed'

test('A35: a request for more scopes lists all of them and asks only for the new ones', async () => {
  const { client, agent } = await approveOnce(server)
  const { page } = await ask(client, agent, 'openid crm:read crm:write')
  assert.deepEqual(readScopes(page), { [NEW]: ['crm:write'], [ALLOWED]: ['openid', 'crm:read'] })
})

test('A35: a request for only the new scope yields the union, and the older grant stays valid', async () => {
  const { client, agent, tokens } = await approveOnce(server)
  const { page, codeVerifier } = await ask(client, agent, 'crm:write')
  assert.deepEqual(readScopes(page), { [NEW]: ['crm:write'], [ALLOWED]: ['openid', 'crm:read'] })
  const answer = await approve(agent, page, { redirectUri: WEB })
  const redeemed = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(redeemed.body['scope'], 'crm:write openid crm:read')
  const newer = await refresh(server.issuer, client, redeemed.body['refresh_token'])
  assert.equal(claimsOf(newer.body['access_token'])['scope'], 'crm:write openid crm:read')

  const older = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(older.status, 200)
  assert.equal(claimsOf(older.body['access_token'])['scope'], 'openid crm:read')
})

test('A35: a request for only the new scope keeps the ID token and the claims of /userinfo', async () => {
  const parameters = { scope: 'openid profile email offline_access crm:read', prompt: 'consent' }
  const { client, agent } = await approveOnce(server, { parameters })
  const { page, codeVerifier } = await ask(client, agent, 'crm:write')
  const kept = ['openid', 'profile', 'email', 'offline_access', 'crm:read']
  // How long access lasts is a line of its own.
  const listed = kept.filter((scope) => scope !== 'offline_access')
  assert.deepEqual(readScopes(page), { [NEW]: ['crm:write'], [ALLOWED]: listed })
  const answer = await approve(agent, page, { redirectUri: WEB })
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  // offline_access addresses the authorization endpoint, and no token carries it.
  const carried = kept.filter((scope) => scope !== 'offline_access')
  assert.equal(body['scope'], ['crm:write', ...carried].join(' '))
  assert.equal(claimsOf(body['id_token'])['sub'], ADA)
  assert.equal(claimsOf(body['id_token'])['aud'], client.client_id)

  const refreshed = await refresh(server.issuer, client, body['refresh_token'])
  for (const { access_token } of [body, refreshed.body]) {
    const headers = { authorization: `Bearer ${access_token}` }
    const response = await fetch(`${server.issuer}/userinfo`, { headers })
    assert.equal(response.status, 200)
    const { sub, name, email } = (await response.json()) as Record<string, unknown>
    assert.deepEqual([sub, typeof name, typeof email], [ADA, 'string', 'string'])
  }
})

test('A35: OpenID Connect scopes that were not allowed before are not added', async () => {
  const { client, agent } = await approveOnce(server, { parameters: { scope: 'crm:read' } })
  const { page, codeVerifier } = await ask(client, agent, 'crm:write')
  assert.deepEqual(readScopes(page), { [NEW]: ['crm:write'], [ALLOWED]: ['crm:read'] })
  const answer = await approve(agent, page, { redirectUri: WEB })
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(body['scope'], 'crm:write crm:read')
  assert.equal(body['id_token'], undefined)
})

test('a request without new scopes yields exactly the scopes that it asks for', async () => {
  const parameters = { scope: 'openid crm:read crm:write' }
  const { client, agent } = await approveOnce(server, { parameters })
  const { page, codeVerifier } = await ask(client, agent, 'crm:read')
  assert.deepEqual(readScopes(page), { '': ['crm:read'] })
  const answer = await approve(agent, page, { redirectUri: WEB })
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(body['scope'], 'crm:read')
})

test('scopes that the page did not show are not granted, whatever the form says', async () => {
  const { client, agent } = await approveOnce(server, { parameters: { scope: 'openid' } })
  const { page, codeVerifier } = await ask(client, agent, 'email crm:read')
  const listed = 'name="kept_scopes" value="openid'
  const tampered = page.body.replace(listed, `${listed} crm:write profile offline_access`)
  assert.notEqual(tampered, page.body)
  const answer = await approve(agent, { ...page, body: tampered }, { redirectUri: WEB })
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(body['scope'], 'email crm:read openid')
})

test('a page does not grant scopes that were allowed after it was shown', async () => {
  const { client, agent } = await approveOnce(server, { parameters: { scope: 'openid crm:read' } })
  const early = await ask(client, agent, 'email crm:read')
  const parameters = { scope: 'profile crm:read crm:write' }
  await approveOnce(server, { client, agent, parameters })
  const answer = await approve(agent, early.page, { redirectUri: WEB })
  const { codeVerifier } = early
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(body['scope'], 'email crm:read openid')
})

test('another account that answers the page gets only the requested scopes', async () => {
  const { client, agent } = await approveOnce(server)
  const { page, codeVerifier } = await ask(client, agent, 'crm:write')
  const login = await agent.submit(await switchAccount(agent, page))
  const until = (url: URL) => url.href.startsWith(WEB)
  const button = { name: 'person', value: GRACE }
  const { url } = await agent.submit(login, { button, until })
  const parts = { answer: new URL(url), codeVerifier, redirectUri: WEB }
  const { body } = await redeem(server.issuer, client, parts)
  assert.equal(body['scope'], 'crm:write')
  assert.equal(claimsOf(body['access_token'])['sub'], GRACE)
})

test('a person who was not signed in gets only the requested scopes', async () => {
  const { client } = await approveOnce(server)
  const agent = createUserAgent()
  const { page, codeVerifier } = await ask(client, agent, 'crm:write')
  assert.deepEqual(readScopes(page), { '': ['crm:write'] })
  const answer = await approve(agent, page, { redirectUri: WEB })
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier, redirectUri: WEB })
  assert.equal(body['scope'], 'crm:write')
  assert.equal(claimsOf(body['access_token'])['sub'], ADA)
})

test('the scopes of a revoked grant are asked for again', async () => {
  const { client, agent, tokens } = await approveOnce(server)
  const token = String(tokens['refresh_token'])
  const body = new URLSearchParams({ token, client_id: client.client_id })
  await fetch(`${server.issuer}/revoke`, { method: 'POST', body })
  const { page } = await ask(client, agent, 'crm:read crm:write')
  assert.deepEqual(readScopes(page), { '': ['crm:read', 'crm:write'] })
})
