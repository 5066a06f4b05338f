import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import {
  clientsOn,
  grantsOn,
  isSignedIn,
  openAccount,
  signInToAccount,
} from '../support/account.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  ADA,
  authorize,
  buildAuthorization,
  GRACE,
  logIn,
  obtainTokens,
  refresh,
  register,
} from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const RESOURCE = 'https://mcp.example.com/mcp'
const { server, client } = await openClientStage({
  env: { RESOURCES: '' },
  file: {
    resourceServers: [
      {
        resource: RESOURCE,
        name: 'Issue tracker',
        scopes: {
          'issues:read': { en: 'Read your issues', de: 'Ihre Vorgänge lesen' },
          'issues:write': 'Change your issues',
        },
        accessTokenSeconds: 1200,
      },
    ],
    clients: [
      {
        client_id: 'team',
        client_name: 'Team assistant',
        redirect_uris: ['http://127.0.0.1:33418/callback'],
      },
    ],
  },
})

test('a person signs in at the account page without any client, and sees that nobody has access', async () => {
  const { page } = await signInToAccount(server, { person: GRACE })
  assert.equal(page.status, 200)
  assert.match(page.body, /signed in as <strong><bdi>Grace Murray/)
  assert.match(page.body, /No app has access in your name/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  assert.doesNotMatch(page.body, /<script|<img|onclick/i)
})

test('a browser that is signed in by an authorization opens the account page at once', async () => {
  const agent = createUserAgent()
  await authorize(buildAuthorization(server.issuer, client), { agent })
  const { length } = agent.hops
  const page = await openAccount(server, agent)
  assert.ok(isSignedIn(page))
  assert.equal(agent.hops.length, length + 1, 'no redirect')
})

test('a sign-in at the account page counts for the next authorization', async () => {
  const { agent } = await signInToAccount(server)
  const page = await agent.open(buildAuthorization(server.issuer, client).url)
  assert.match(page.body, /<p class="account"><bdi>Ada Byron/)
})

test('the page lists each grant: client, origin, MCP server and scopes in words, and its times', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-01T10:00:00Z') })
  const own = await startTestServer({
    env: { RESOURCES: '' },
    file: {
      resourceServers: [
        { resource: RESOURCE, name: 'Issue tracker', scopes: { read: 'Read your issues' } },
      ],
    },
    overrides: { now: () => Date.now() },
  })
  try {
    const { client: registered, tokens } = await logIn(own.issuer, {
      metadata: { client_name: 'Editor <b>', logo_uri: 'https://evil.example/logo.png' },
      parameters: { scope: 'openid read' },
    })
    const { agent, page } = await signInToAccount(own)
    assert.deepEqual(clientsOn(page), ['Editor &lt;b&gt;'])
    assert.match(page.body, /<span class="standing">unverified</)
    assert.match(page.body, /<strong><bdi>Issue tracker<\/bdi><\/strong>/)
    assert.match(page.body, /<li><bdi>Read your issues<\/bdi><\/li>/)
    const details = parse(page.body).querySelector('.grant details')?.text.trim() ?? ''
    assert.match(details, new RegExp(`^Details\\s+${RESOURCE}\\s+openid\\s+read$`), details)
    assert.match(page.body, /<dt>Since<\/dt><dd><time[^>]*>1 Mar 2026</)
    assert.match(page.body, /<dt>Last used<\/dt><dd>Not since then</)
    assert.match(page.body, /<dt>Until<\/dt><dd><time[^>]*>28 Aug 2026</)
    assert.match(page.body, /loses its access within 15 minutes/)
    assert.match(page.body, /not used for 30 days/)
    assert.doesNotMatch(page.body, /evil\.example/)

    mock.timers.setTime(Date.parse('2026-03-02T11:30:00Z'))
    assert.equal((await refresh(own.issuer, registered, tokens['refresh_token'])).status, 200)
    const later = await openAccount(own, agent)
    assert.match(later.body, /<dt>Last used<\/dt><dd><time[^>]*>2 Mar 2026, 11:30 UTC</)
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('grants of one client are listed one by one, newest first, and those of others are not listed', async () => {
  const { agent } = await signInToAccount(server, { person: GRACE })
  const older = await register(server.issuer, { client_name: 'Older' })
  for (const one of [older, older, { client_id: 'team' }]) {
    const { status } = await obtainTokens(server.issuer, one, { person: GRACE })
    assert.equal(status, 200)
  }
  await obtainTokens(server.issuer, client, { person: ADA })
  const page = await openAccount(server, agent)
  assert.deepEqual(clientsOn(page), ['Team assistant', 'Older', 'Older'])
  assert.equal(new Set(grantsOn(page)).size, 3)
  assert.match(page.body, /registered by your administrator/)
  assert.match(page.body, /within 20 minutes/)
})

test('removing one client ends its refresh tokens and no others', async () => {
  const agent = createUserAgent()
  const clients = [
    await register(server.issuer, { client_name: 'First' }),
    await register(server.issuer, { client_name: 'Second' }),
  ] as const
  const tokens = [
    (await obtainTokens(server.issuer, clients[0], { agent })).body,
    (await obtainTokens(server.issuer, clients[1], { agent })).body,
  ] as const
  const page = await openAccount(server, agent)
  const [second = '', first = ''] = grantsOn(page)
  assert.deepEqual(clientsOn(page).slice(0, 2), ['Second', 'First'])
  const after = await agent.submit(page, { button: { name: 'grant', value: first } })
  assert.match(after.body, /role="status">Done\./)
  assert.ok(!grantsOn(after).includes(first))
  assert.ok(grantsOn(after).includes(second))
  const refused = await refresh(server.issuer, clients[0], tokens[0]['refresh_token'])
  assert.equal(refused.body['error'], 'invalid_grant')
  assert.equal((await refresh(server.issuer, clients[1], tokens[1]['refresh_token'])).status, 200)
  const again = await agent.submit(page, { button: { name: 'grant', value: first } })
  assert.equal(again.status, 200, 'a second click changes nothing')
})

test('removing all clients ends every grant of this person, also of earlier sessions, and of nobody else', async () => {
  const mine = await logIn(server.issuer, { metadata: { client_name: 'Mine' } })
  const theirs = await logIn(server.issuer, { person: GRACE })
  const { agent, page } = await signInToAccount(server)
  const after = await agent.submit(page, { button: { name: 'everything', value: 'yes' } })
  assert.ok(isSignedIn(after), 'the person stays signed in')
  assert.deepEqual(grantsOn(after), [])
  const refused = await refresh(server.issuer, mine.client, mine.tokens['refresh_token'])
  assert.equal(refused.body['error'], 'invalid_grant')
  const kept = await refresh(server.issuer, theirs.client, theirs.tokens['refresh_token'])
  assert.equal(kept.status, 200)
})

test('a client that revokes its refresh token is no longer listed', async () => {
  const agent = createUserAgent()
  const one = await register(server.issuer, { client_name: 'Tidy' })
  const { body } = await obtainTokens(server.issuer, one, { agent })
  assert.ok(clientsOn(await openAccount(server, agent)).includes('Tidy'), 'control')
  const form = { client_id: one.client_id, token: String(body['refresh_token']) }
  const revoked = await send(`${server.issuer}/revoke`, { body: new URLSearchParams(form) })
  assert.equal(revoked.status, 200)
  assert.ok(!clientsOn(await openAccount(server, agent)).includes('Tidy'))
})

test('signing out here ends the session of this browser alone, and no grant', async () => {
  const agent = createUserAgent()
  const tokens = (await obtainTokens(server.issuer, client, { agent })).body
  const { agent: elsewhere } = await signInToAccount(server)
  const page = await openAccount(server, agent)
  const saved = await agent.cookies.getCookieString(page.url)
  const after = await agent.submit(page, { button: 'Sign out here' })
  assert.match(after.body, /You are signed out in this browser/)
  assert.match(after.body, /You stay signed in at <bdi>Test sign-in/)
  assert.ok(!isSignedIn(await openAccount(server, agent)))
  const replay = await fetch(page.url, { headers: { cookie: saved } })
  assert.ok(!isSignedIn({ body: await replay.text() }), 'a saved cookie does not help')
  assert.ok(isSignedIn(await openAccount(server, elsewhere)))
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
})

test('signing out in all browsers ends every session of this person, no grant, and no session of others', async () => {
  const agent = createUserAgent()
  const tokens = (await obtainTokens(server.issuer, client, { agent })).body
  const { agent: elsewhere } = await signInToAccount(server)
  const { agent: grace } = await signInToAccount(server, { person: GRACE })
  const page = await openAccount(server, agent)
  const after = await agent.submit(page, { button: 'Sign out in all browsers' })
  assert.match(after.body, /You are signed out in all browsers/)
  assert.ok(!isSignedIn(await openAccount(server, elsewhere)))
  const consent = await elsewhere.open(buildAuthorization(server.issuer, client).url)
  assert.doesNotMatch(consent.body, /Switch account/)
  assert.ok(isSignedIn(await openAccount(server, grace)))
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
  assert.ok(isSignedIn((await signInToAccount(server, { agent })).page), 'and can sign in again')
})

test('"use another account" asks the upstream which account, and replaces the session', async () => {
  const { agent, page } = await signInToAccount(server)
  const signedOut = await agent.submit(page, { button: 'Sign out here' })
  const login = await agent.submit(signedOut, { button: 'Use another account' })
  const upstreamHop = agent.hops.findLast(({ url }) => url.startsWith(server.upstreamIssuer))
  assert.match(agent.hops.map(({ url }) => url).join(' '), /[?&]prompt=(login|select_account)/)
  assert.ok(upstreamHop)
  const after = await agent.submit(login, { button: { name: 'person', value: GRACE } })
  assert.match(after.body, /signed in as <strong><bdi>Grace Murray/)
})

test('an upstream that refuses leads to a page with a way back to the account page', async () => {
  const agent = createUserAgent()
  const login = await agent.submit(await openAccount(server, agent), { button: /^Sign in/ })
  const refused = await agent.submit(login, { button: 'Cancel' })
  assert.equal(refused.status, 403)
  assert.match(refused.body, /href="\/account"/)
})

test('the pages link to the account page, unless the operator hides the link', async () => {
  const { url } = buildAuthorization(server.issuer, client)
  const shown = await createUserAgent().open(url)
  assert.match(shown.body, /You can end it at any time in <a href="\/account">your account<\/a>/)
  const hidden = await startTestServer({ file: { branding: { linkAccount: false } } })
  try {
    const registered = await register(hidden.issuer)
    const page = await createUserAgent().open(buildAuthorization(hidden.issuer, registered).url)
    assert.doesNotMatch(page.body, /\/account/)
    assert.equal((await openAccount(hidden, createUserAgent())).status, 200, 'it is there')
  } finally {
    await hidden.close()
  }
})

test('under an issuer with a path, every link and redirect of the account page is below it', async () => {
  const own = await startTestServer({ issuerPath: '/tenant' })
  try {
    const { agent, page } = await signInToAccount(own)
    assert.ok(isSignedIn(page))
    const after = await agent.submit(page, { button: 'Sign out here' })
    assert.equal(after.url, `${own.issuer}/account?done=signed-out`)
  } finally {
    await own.close()
  }
})
