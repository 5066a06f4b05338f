import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as oidc from 'openid-client'
import { type Person, people } from '../../../scripts/dev/people.ts'
import { startDevUpstream } from '../../../scripts/dev/upstream.ts'
import { createUserAgent, type UserAgent } from '../../../scripts/dev/user-agent.ts'

const [ada, grace] = people
assert.ok(ada && grace)

// Nothing listens at this URI: the user agent stops before it.
const redirectUri = 'http://localhost:9/callback'
const isCallback = (url: URL) => url.href.startsWith(redirectUri)

async function start(t: TestContext) {
  const upstream = await startDevUpstream({
    port: 0,
    clients: [{ client_id: 'rp', client_secret: 's'.repeat(32), redirect_uris: [redirectUri] }],
    quiet: true,
  })
  t.after(upstream.close)
  const client = await oidc.discovery(
    new URL(upstream.issuer),
    'rp',
    's'.repeat(32),
    oidc.ClientSecretBasic('s'.repeat(32)),
    { execute: [oidc.allowInsecureRequests] },
  )
  return { client, agent: createUserAgent() }
}

async function begin(client: oidc.Configuration, extra: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const nonce = oidc.randomNonce()
  const state = oidc.randomState()
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    state,
    ...extra,
  })
  const complete = (answer: string) =>
    oidc.authorizationCodeGrant(client, new URL(answer), {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state,
      idTokenExpected: true,
    })
  return { url, complete }
}

async function signIn(agent: UserAgent, url: URL, sub: string) {
  const page = await agent.open(url, { until: isCallback })
  assert.equal(page.title, 'Who are you today?')
  return agent.submit(page, { button: { name: 'person', value: sub }, until: isCallback })
}

test('the ID token has the sub of the person, and userinfo has the other claims', async (t) => {
  const { client, agent } = await start(t)
  const { url, complete } = await begin(client)
  const tokens = await complete((await signIn(agent, url, ada.sub)).url)

  assert.equal(tokens.claims()?.sub, ada.sub)
  assert.equal(tokens.claims()?.['email'], undefined)
  const claims = await oidc.fetchUserInfo(client, tokens.access_token, ada.sub)
  assert.deepEqual(claims, ada)
})

test('a second sign-in in the same browser shows no page', async (t) => {
  const { client, agent } = await start(t)
  await signIn(agent, (await begin(client)).url, ada.sub)
  const { url, complete } = await begin(client)
  const answer = await agent.open(url, { until: isCallback })

  assert.equal((await complete(answer.url)).claims()?.sub, ada.sub)
})

test('prompt=login, prompt=select_account and max_age=0 ask again, and any person may sign in', async (t) => {
  const { client, agent } = await start(t)
  await signIn(agent, (await begin(client)).url, ada.sub)
  const inTurn: readonly Person[] = [grace, ada]
  const reasons: [string, string][] = [
    ['prompt', 'login'],
    ['prompt', 'select_account'],
    ['max_age', '0'],
  ]
  for (const [name, value] of reasons) {
    for (const person of inTurn) {
      const { url, complete } = await begin(client, { [name]: value })
      const answer = await signIn(agent, url, person.sub)
      assert.equal((await complete(answer.url)).claims()?.sub, person.sub)
    }
  }
})

test('the person in login_hint comes first on the page', async (t) => {
  const { client, agent } = await start(t)
  const { url } = await begin(client, { login_hint: grace.email })
  const { body } = await agent.open(url)

  assert.match(body, new RegExp(`value="${grace.sub}" autofocus`))
  assert.ok(body.indexOf(grace.sub) < body.indexOf(ada.sub))
})

test('a cancelled sign-in returns access_denied with the state', async (t) => {
  const { client, agent } = await start(t)
  const { url } = await begin(client)
  const page = await agent.open(url)
  const answer = await agent.submit(page, { button: 'Cancel', until: isCallback })
  const parameters = new URL(answer.url).searchParams

  assert.equal(parameters.get('error'), 'access_denied')
  assert.equal(parameters.get('state'), url.searchParams.get('state'))
})

test('offline_access with prompt=consent returns a refresh token that works', async (t) => {
  const { client, agent } = await start(t)
  const { url, complete } = await begin(client, {
    scope: 'openid offline_access',
    prompt: 'consent',
  })
  const tokens = await complete((await signIn(agent, url, ada.sub)).url)
  assert.ok(tokens.refresh_token)
  const refreshed = await oidc.refreshTokenGrant(client, tokens.refresh_token)

  assert.equal(refreshed.claims()?.sub, ada.sub)
})

test('the cookies of the dev upstream have a prefix of their own', async (t) => {
  const { client, agent } = await start(t)
  await signIn(agent, (await begin(client)).url, ada.sub)
  const cookies = (await agent.cookies.serialize()).cookies

  assert.ok(cookies.length > 0)
  for (const { key } of cookies) assert.match(String(key), /^dev_upstream_/)
})
