// CONSENT=remember: the conditions for a request to skip the consent page, one per test.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { buildAuthorization, claimsOf, GRACE } from '../support/journey.ts'
import { push } from '../support/par.ts'
import {
  approveOnce,
  assertAnswered,
  assertAsked,
  LOOPBACK,
  OTHER_WEB,
  PRIVATE_USE,
  registerEditor,
  startRememberingServer,
  visit,
  WEB,
} from '../support/remembering.ts'
import { jsonOf, send } from '../support/send.ts'
import type { TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startRememberingServer()
})
after(() => server.close())

test('a repeated request of the same account skips the page and gets its own grant', async () => {
  const approved = await approveOnce(server)
  const again = await assertAnswered(approved)
  const [first, second] = [approved.tokens, again].map(({ access_token }) => claimsOf(access_token))
  assert.equal(second?.['sub'], first?.['sub'])
  assert.equal(second?.['scope'], 'openid crm:read')
  assert.notEqual(second?.['grant_ref'], first?.['grant_ref'])
})

test('CONSENT=always, the default, shows the page each time', async () => {
  const asking = await startRememberingServer({ env: { CONSENT: 'always' } })
  try {
    await assertAsked(await approveOnce(asking))
  } finally {
    await asking.close()
  }
})

test('a navigation with Sec-Fetch-Site: none can skip the page', async () => {
  await assertAnswered(await approveOnce(server), {}, { 'sec-fetch-site': 'none' })
})

for (const [what, headers] of Object.entries({
  'from another site (GHSA-6x8h-498w-gv8c)': { 'sec-fetch-site': 'cross-site' },
  'from another host of the same domain': { 'sec-fetch-site': 'same-site' },
  'from this server itself, such as its redirect after Deny': { 'sec-fetch-site': 'same-origin' },
  'without Sec-Fetch-Site': {},
  'with an unknown Sec-Fetch-Site': { 'sec-fetch-site': 'nowhere' },
})) {
  test(`a navigation ${what} shows the page`, async () => {
    await assertAsked(await approveOnce(server), {}, headers)
  })
}

test('a request that shows the page cannot bypass it by resuming', async () => {
  const approved = await approveOnce(server)
  const asked = await visit(approved, {}, { 'sec-fetch-site': 'cross-site' })
  assert.ok(asked.kind === 'asked')
  const url = asked.url.replace('/interaction/', '/authorize/')
  const { cookies } = approved.agent
  const cookie = await cookies.getCookieString(url)
  const headers = { accept: 'text/html', cookie, 'sec-fetch-site': 'none' }
  const resumed = await send(url, { headers })
  // The response gives the session a new id.
  for (const line of resumed.headers.getSetCookie()) await cookies.setCookie(line, url)
  assert.equal(resumed.status, 303)
  assert.match(resumed.headers.get('location') ?? '', /^\/interaction\//)
  // The session and the approval are still there.
  await assertAnswered(approved)
})

test('a request for fewer scopes than approved skips the page', async () => {
  const approved = await approveOnce(server, { parameters: { scope: 'openid crm:read crm:write' } })
  const { access_token } = await assertAnswered(approved, { scope: 'crm:read' })
  assert.equal(claimsOf(access_token)['scope'], 'crm:read')
})

test('a request for more scopes than approved shows the page', async () => {
  const approved = await approveOnce(server)
  await assertAsked(approved, { scope: 'openid crm:read crm:write' })
  await assertAsked(approved, { scope: 'openid email crm:read' })
})

test('another redirect URI of the same client shows the page', async () => {
  await assertAsked(await approveOnce(server), { redirect_uri: OTHER_WEB })
})

test('two redirect URIs of one client are remembered side by side', async () => {
  const approved = await approveOnce(server)
  await approveOnce(server, { ...approved, parameters: { redirect_uri: OTHER_WEB } })
  await assertAnswered(approved)
  await assertAnswered(approved, { redirect_uri: OTHER_WEB })
})

test('another resource shows the page, even if its scopes have the same names', async () => {
  await assertAsked(await approveOnce(server), { resource: 'https://wiki.example/mcp' })
})

test('another client with the same metadata shows the page', async () => {
  const approved = await approveOnce(server)
  await assertAsked({ ...approved, client: await registerEditor(server) })
})

test('another account sees the page: an approval counts only for the account that gave it', async () => {
  const { client, agent } = await approveOnce(server)
  const { cookies } = await approveOnce(server, { person: GRACE }).then((grace) => grace.agent)
  await assertAnswered({ server, client, agent })
  await assertAsked({ server, client, agent: { ...agent, cookies } })
})

test('a browser that is not signed in shows the page', async () => {
  const { client } = await approveOnce(server)
  await assertAsked({ server, client, agent: createUserAgent() })
})

for (const parameters of [
  { prompt: 'consent' },
  { prompt: 'login' },
  { max_age: '3600' },
  { max_age: '0' },
  { login_hint: 'bob@example.com' },
  { scope: 'crm:read', max_age: '3600' },
  { scope: 'crm:read', max_age: '0' },
  { scope: 'crm:read', max_age: '0', prompt: 'consent' },
  { scope: 'crm:read', id_token_hint: 'x' },
]) {
  test(`a request with ${new URLSearchParams(parameters)} shows the page`, async () => {
    await assertAsked(await approveOnce(server), parameters)
  })
}

test('a request with an id_token_hint shows the page, even if the hint names the signed-in account', async () => {
  const approved = await approveOnce(server)
  const id_token_hint = String(approved.tokens['id_token'])
  await assertAsked(approved, { id_token_hint })
  await assertAsked(approved, { id_token_hint, scope: 'crm:read' })
})

test('an empty max_age or id_token_hint is ignored, direct and pushed', async () => {
  const approved = await approveOnce(server)
  const parameters = { redirect_uri: WEB, scope: 'crm:read', max_age: '', id_token_hint: '' }
  await assertAnswered(approved, parameters)
  const asked = buildAuthorization(server.issuer, approved.client, parameters)
  const { request_uri } = jsonOf(await push(server.issuer, asked))
  const outcome = await visit(approved, { request_uri: String(request_uri) })
  assert.equal(outcome.kind, 'answered')
})

test('prompt=none is answered if the page can be skipped, and is consent_required otherwise', async () => {
  const approved = await approveOnce(server)
  await assertAnswered(approved, { prompt: 'none' })
  const refused = await visit(approved, { prompt: 'none' }, { 'sec-fetch-site': 'cross-site' })
  assert.ok(refused.kind === 'answered')
  assert.equal(refused.answer.searchParams.get('error'), 'consent_required')
})

test('an https address that forwards to the device counts as loopback', async () => {
  const forwardingRedirectUris = [WEB]
  for (const [rememberLoopback, check] of [
    [false, assertAsked],
    [true, assertAnswered],
  ] as const) {
    const own = await startRememberingServer({
      file: { consent: { forwardingRedirectUris, rememberLoopback } },
    })
    try {
      await check(await approveOnce(own))
    } finally {
      await own.close()
    }
  }
  const { config } = server
  assert.ok(config.consent.forwardingRedirectUris.includes('https://vscode.dev/redirect'))
})

for (const [what, redirect_uri, setting] of [
  ['a loopback address', LOOPBACK, 'rememberLoopback'],
  ['a private-use scheme', PRIVATE_USE, 'rememberPrivateUse'],
] as const) {
  test(`a redirect to ${what} shows the page each time, unless ${setting} is on`, async () => {
    const parameters = { redirect_uri }
    await assertAsked(await approveOnce(server, { parameters }), parameters)
    const own = await startRememberingServer({ file: { consent: { [setting]: true } } })
    try {
      const approved = await approveOnce(own, { parameters })
      await assertAnswered(approved, parameters)
      await assertAsked(approved, {
        redirect_uri: redirect_uri === LOOPBACK ? 'http://127.0.0.1:1/callback' : LOOPBACK,
      })
    } finally {
      await own.close()
    }
  })
}
