// CONSENT=remember: what it takes for a request to go on without a page, one condition a test.
import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { buildAuthorization, claimsOf, GRACE, postToken, redeem } from '../support/journey.ts'
import { push } from '../support/par.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import {
  type Approved,
  approveOnce,
  LOOPBACK,
  OTHER_WEB,
  PRIVATE_USE,
  registerEditor,
  startRemembering,
  visit,
  WEB,
} from '../support/remembering.ts'
import { jsonOf } from '../support/send.ts'
import type { TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startRemembering()
})
after(() => server.close())

async function assertAsked(...[approved, parameters, headers]: Parameters<typeof visit>) {
  assert.equal((await visit(approved, parameters, headers)).kind, 'asked')
}

async function assertAnswered(...[approved, parameters, headers]: Parameters<typeof visit>) {
  const outcome = await visit(approved, parameters, headers)
  assert.equal(outcome.kind, 'answered')
  if (outcome.kind !== 'answered') throw new Error('unreachable')
  const { answer, codeVerifier } = outcome
  assert.equal(answer.searchParams.get('error'), null, answer.href)
  assert.equal(answer.searchParams.get('iss'), approved.server.issuer)
  const redirectUri = String(parameters?.['redirect_uri'] ?? WEB)
  const parts = { answer, codeVerifier, redirectUri }
  const { status, body } = await redeem(approved.server.issuer, approved.client, parts)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

test('the same request of the same person goes on without a page, with a grant of its own', async () => {
  const approved = await approveOnce(server)
  const again = await assertAnswered(approved)
  const [first, second] = [approved.tokens, again].map(({ access_token }) => claimsOf(access_token))
  assert.equal(second?.['sub'], first?.['sub'])
  assert.equal(second?.['scope'], 'openid crm:read')
  assert.notEqual(second?.['grant_ref'], first?.['grant_ref'])
})

test('the default is to ask each time', async () => {
  const asking = await startRemembering({ env: { CONSENT: 'always' } })
  try {
    await assertAsked(await approveOnce(asking))
  } finally {
    await asking.close()
  }
})

for (const site of ['none', 'same-origin', 'same-site']) {
  test(`a navigation with Sec-Fetch-Site: ${site} may go on`, async () => {
    await assertAnswered(await approveOnce(server), {}, { 'sec-fetch-site': site })
  })
}

for (const [what, headers] of Object.entries({
  'that another site began (GHSA-6x8h-498w-gv8c)': { 'sec-fetch-site': 'cross-site' },
  'that does not say where it began': {},
  'with a Sec-Fetch-Site that is not known': { 'sec-fetch-site': 'nowhere' },
})) {
  test(`a navigation ${what} is asked for`, async () => {
    await assertAsked(await approveOnce(server), {}, headers)
  })
}

test('a subset of what was approved goes on', async () => {
  const approved = await approveOnce(server, { parameters: { scope: 'openid crm:read crm:write' } })
  const { access_token } = await assertAnswered(approved, { scope: 'crm:read' })
  assert.equal(claimsOf(access_token)['scope'], 'crm:read')
})

test('more scopes than were approved are asked for', async () => {
  const approved = await approveOnce(server)
  await assertAsked(approved, { scope: 'openid crm:read crm:write' })
  await assertAsked(approved, { scope: 'openid email crm:read' })
})

test('another redirect URI of the same client is asked for', async () => {
  await assertAsked(await approveOnce(server), { redirect_uri: OTHER_WEB })
})

test('another resource is asked for, though its scopes have the same names', async () => {
  await assertAsked(await approveOnce(server), { resource: 'https://wiki.example/mcp' })
})

test('another client is asked for, though it says the same of itself', async () => {
  const approved = await approveOnce(server)
  await assertAsked({ ...approved, client: await registerEditor(server) })
})

test('another account is asked, though its browser knows the client', async () => {
  const { client, agent } = await approveOnce(server)
  const { cookies } = await approveOnce(server, { person: GRACE }).then((grace) => grace.agent)
  await assertAnswered({ server, client, agent })
  await assertAsked({ server, client, agent: { ...agent, cookies } })
})

test('a browser that is not signed in is asked', async () => {
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
  test(`a request with ${new URLSearchParams(parameters)} is asked for`, async () => {
    await assertAsked(await approveOnce(server), parameters)
  })
}

test('a request with an id_token_hint is asked for, though it names the person who is signed in', async () => {
  const approved = await approveOnce(server)
  const id_token_hint = String(approved.tokens['id_token'])
  await assertAsked(approved, { id_token_hint })
  await assertAsked(approved, { id_token_hint, scope: 'crm:read' })
})

test('a max_age or id_token_hint that is empty asks for nobody, pushed neither', async () => {
  const approved = await approveOnce(server)
  const parameters = { redirect_uri: WEB, scope: 'crm:read', max_age: '', id_token_hint: '' }
  await assertAnswered(approved, parameters)
  const asked = buildAuthorization(server.issuer, approved.client, parameters)
  const { request_uri } = jsonOf(await push(server.issuer, asked))
  const outcome = await visit(approved, { request_uri: String(request_uri) })
  assert.equal(outcome.kind, 'answered')
})

test('prompt=none is answered where nothing has to be asked, and consent_required elsewhere', async () => {
  const approved = await approveOnce(server)
  await assertAnswered(approved, { prompt: 'none' })
  const refused = await visit(approved, { prompt: 'none' }, { 'sec-fetch-site': 'cross-site' })
  assert.ok(refused.kind === 'answered')
  assert.equal(refused.answer.searchParams.get('error'), 'consent_required')
})

for (const [what, redirect_uri, setting] of [
  ['a loopback address', LOOPBACK, 'rememberLoopback'],
  ['a private-use scheme', PRIVATE_USE, 'rememberPrivateUse'],
] as const) {
  test(`an answer to ${what} is asked for each time, unless the operator says ${setting}`, async () => {
    const parameters = { redirect_uri }
    await assertAsked(await approveOnce(server, { parameters }), parameters)
    const own = await startRemembering({ file: { consent: { [setting]: true } } })
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

async function revoke(approved: Approved, tokens: Record<string, unknown>): Promise<void> {
  const body = new URLSearchParams({
    token: String(tokens['refresh_token']),
    client_id: approved.client.client_id,
  })
  const answer = await fetch(`${approved.server.issuer}/revoke`, { method: 'POST', body })
  assert.equal(answer.status, 200)
}

test('an approval whose grant was revoked is forgotten', async () => {
  const approved = await approveOnce(server)
  await revoke(approved, approved.tokens)
  await assertAsked(approved)
})

test('the grant that counts is the latest, also one that came without a page', async () => {
  const approved = await approveOnce(server)
  const later = await assertAnswered(approved)
  await revoke(approved, approved.tokens)
  await assertAnswered(approved)
  await revoke(approved, later)
  const latest = await assertAnswered(approved)
  await revoke(approved, latest)
  await assertAsked(approved)
})

test('a stolen refresh token that ends its grant ends the approval too', async () => {
  const own = await startRemembering({ file: { lifetimes: { refreshReuseWindowSeconds: 0 } } })
  try {
    const approved = await approveOnce(own)
    const refresh = (refresh_token: unknown) =>
      postToken(own.issuer, {
        grant_type: 'refresh_token',
        client_id: approved.client.client_id,
        refresh_token: String(refresh_token),
      })
    const { body } = await refresh(approved.tokens['refresh_token'])
    await refresh(body['refresh_token'])
    assert.equal((await refresh(approved.tokens['refresh_token'])).status, 400)
    await assertAsked(approved)
  } finally {
    await own.close()
  }
})

test('a remembered approval is not made longer by use: it ends where it began to count', async () => {
  const store = createRecordingStore({ now: Date.now })
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const lifetimes = {
    refreshTokenSeconds: 1000,
    refreshMaxLifetimeSeconds: 1000,
    sessionSeconds: 5000,
  }
  const overrides = { store, now: () => Date.now() }
  const own = await startRemembering({ overrides, file: { lifetimes } })
  try {
    const approved = await approveOnce(own)
    assert.deepEqual(store.lifetimes('approval'), [1000, 1000])
    mock.timers.tick(600_000)
    await assertAnswered(approved)
    mock.timers.tick(500_000)
    await assertAsked(approved)
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('what is kept is readable by nobody: hashed names, sealed values', async () => {
  const store = createRecordingStore({ now: Date.now })
  const own = await startRemembering({ overrides: { store } })
  try {
    const { client } = await approveOnce(own)
    const keys: string[] = []
    for await (const key of store.scan('mcp-oidc:approval:')) {
      keys.push(key)
      assert.doesNotMatch((await store.get(key)) ?? '', /crm|openid|grant/)
    }
    assert.equal(keys.length, 2)
    for (const key of keys) assert.ok(!key.includes(client.client_id))
  } finally {
    await own.close()
  }
})
