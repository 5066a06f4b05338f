// OpenID Connect Back-Channel Logout 1.0, in which this server is the relying party.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import {
  ADA,
  buildAuthorization,
  type Client,
  GRACE,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
} from '../../support/journey.ts'
import { form, jsonOf, send } from '../../support/send.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  LOGOUT_EVENT,
  type Statement,
  sendLogout,
  sendRevocation,
  signLogout,
  signRevocation,
} from '../../support/statements.ts'
import { waitUntil } from '../../support/wait-until.ts'

let server: TestServer
let ended: TestServer
before(async () => {
  server = await startTestServer({ backchannelLogout: true })
  ended = await startTestServer({ file: { upstream: { backchannelLogout: 'grants' } } })
})
after(async () => {
  await server.close()
  await ended.close()
})

interface SignedIn {
  readonly agent: UserAgent
  readonly client: Client
  readonly tokens: Record<string, unknown>
}

async function signIn(person = ADA, at = server): Promise<SignedIn> {
  const agent = createUserAgent()
  return { agent, ...(await logIn(at.issuer, { agent, person, parameters: { scope: 'openid' } })) }
}

async function isSignedIn({ agent, client }: SignedIn, at = server): Promise<boolean> {
  const { url } = buildAuthorization(at.issuer, client)
  const page = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
  assert.equal(page.status, 200)
  return /Switch account/.test(page.body)
}

const isConnected = async ({ client, tokens }: SignedIn, at = server) =>
  (await refresh(at.issuer, client, tokens['refresh_token'])).status === 200

const logOut = async (statement: Statement, at = server) =>
  sendLogout(at, await signLogout(at, statement))

test('a logout token as Auth0 sends it ends the browser sessions of its person, and leaves clients connected', async () => {
  const [ada, second, grace] = [await signIn(), await signIn(), await signIn(GRACE)]
  assert.equal(await isSignedIn(ada), true)
  const answer = await logOut({ claims: { sub: ADA, sid: 'unknown here' } })
  assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store'])
  assert.equal(await isSignedIn(ada), false)
  assert.equal(await isSignedIn(second), false)
  assert.equal(await isConnected(ada), true)
  assert.equal(await isSignedIn(grace), true)
})

test('with upstream.backchannelLogout "grants", a logout ends the grants too', async () => {
  const ada = await signIn(ADA, ended)
  assert.equal(await isConnected(ada, ended), true)
  assert.equal((await logOut({ claims: { sub: ADA } }, ended)).status, 200)
  assert.equal(await isConnected(ada, ended), false)
  assert.equal(await isSignedIn(ada, ended), false)
})

test('signing out at the upstream itself ends the browser session here: the logout token has sub and sid', async () => {
  const ada = await signIn()
  const lines = server.logLines.length
  const page = await ada.agent.open(`${server.upstreamIssuer}/session/end`)
  await ada.agent.submit(page, { button: 'Sign out' })
  await waitUntil(() => server.logLines.slice(lines).some((line) => line.includes('access_ended')))
  assert.equal(await isSignedIn(ada), false)
})

const REFUSED: Readonly<Record<string, () => Promise<string>>> = {
  'no JWT': async () => 'nonsense',
  'another audience': () => signLogout(server, { claims: { sub: ADA, aud: 'another client' } }),
  'our issuer as audience': () => signLogout(server, { claims: { sub: ADA, aud: server.issuer } }),
  'another issuer': () =>
    signLogout(server, { claims: { sub: ADA, iss: 'https://other.example' } }),
  'the client secret as key': () =>
    signLogout(server, {
      claims: { sub: ADA },
      key: Buffer.from(server.config.upstream.clientSecret ?? ''),
      header: { alg: 'HS256' },
    }),
  'a nonce': () => signLogout(server, { claims: { sub: ADA, nonce: 'n' } }),
  'no events': () => signLogout(server, { claims: { sub: ADA, events: undefined } }),
  'another event': () =>
    signLogout(server, { claims: { sub: ADA, events: { [`${LOGOUT_EVENT}x`]: {} } } }),
  'an event that is no object': () =>
    signLogout(server, { claims: { sub: ADA, events: { [LOGOUT_EVENT]: true } } }),
  'events as a list': () => signLogout(server, { claims: { sub: ADA, events: [LOGOUT_EVENT] } }),
  'neither sub nor sid': () => signLogout(server),
  'no jti': () => signLogout(server, { claims: { sub: ADA, jti: undefined } }),
  'no iat': () => signLogout(server, { claims: { sub: ADA, iat: undefined } }),
  'no exp': () => signLogout(server, { claims: { sub: ADA, exp: undefined } }),
  'an exp in the past': () =>
    signLogout(server, { claims: { sub: ADA, exp: Math.floor(Date.now() / 1000) - 200 } }),
  'another type': () => signLogout(server, { claims: { sub: ADA }, header: { typ: 'at+jwt' } }),
  'the type of a revocation': () =>
    signLogout(server, { claims: { sub: ADA }, header: { typ: 'global-token-revocation+jwt' } }),
  'a revocation for us': () =>
    signRevocation(server, { claims: { sub: ADA, aud: server.config.upstream.clientId } }),
  'a revocation': () => signRevocation(server, { claims: { sub: ADA } }),
  'an ID token, which has a sub and our audience': () =>
    signLogout(server, {
      claims: { sub: ADA, events: undefined, nonce: 'n' },
      header: { typ: 'JWT' },
    }),
  'an ID token without nonce': () =>
    signLogout(server, { claims: { sub: ADA, events: undefined }, header: { typ: undefined } }),
}

test('each logout token that proves nothing is a 400, and ends nothing', async () => {
  const ada = await signIn()
  for (const [name, make] of Object.entries(REFUSED)) {
    const answer = await sendLogout(server, await make())
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [400, 'invalid_request'], name)
  }
  const url = `${server.issuer}/backchannel-logout`
  const token = await signLogout(server, { claims: { sub: ADA } })
  const twice = new URLSearchParams([
    ['logout_token', token],
    ['logout_token', token],
  ])
  assert.equal((await send(url, { body: twice })).status, 400)
  assert.equal((await send(url, { body: form({}) })).status, 400)
  assert.equal((await send(url, { body: { logout_token: token } })).status, 400)
  assert.equal((await send(`${url}?logout_token=${token}`)).status, 405)
  assert.equal(await isSignedIn(ada), true)
  assert.equal((await sendLogout(server, token)).status, 200)
  assert.equal(await isSignedIn(ada), false)
})

for (const typ of ['JWT', 'jwt', 'application/logout+jwt', 'LOGOUT+JWT', undefined]) {
  test(`a logout token with typ ${typ} is accepted`, async () => {
    const ada = await signIn()
    assert.equal((await logOut({ claims: { sub: ADA }, header: { typ } })).status, 200)
    assert.equal(await isSignedIn(ada), false)
  })
}

test('a logout token works once', async () => {
  const token = await signLogout(server, { claims: { sub: ADA } })
  assert.equal((await sendLogout(server, token)).status, 200)
  const ada = await signIn()
  const again = await sendLogout(server, token)
  assert.equal(again.status, 400)
  assert.match(String(jsonOf(again)['error_description']), /used before/)
  assert.equal(await isSignedIn(ada), true)
})

test('a jti of a logout token does not use up that of a revocation', async () => {
  const jti = 'the same'
  assert.equal((await logOut({ claims: { sub: ADA, jti } })).status, 200)
  const jwt = await signRevocation(server, { claims: { jti: 'another' } })
  const iss = server.upstreamIssuer
  const answer = await sendRevocation(server, jwt, { sub_id: { format: 'iss_sub', iss, sub: ADA } })
  assert.equal(answer.status, 204)
})

test('a person who is not known here counts as logged out (§2.7)', async () => {
  assert.equal((await logOut({ claims: { sub: 'nobody' } })).status, 200)
  assert.equal((await logOut({ claims: { sid: 'no session' } })).status, 200)
})
