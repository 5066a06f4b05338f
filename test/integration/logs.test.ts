import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import {
  approve,
  buildAuthorization,
  type Client,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { basic, form, type SendOptions, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({
    env: { LOG_LEVEL: 'trace', INTROSPECTION_SECRET: 'introspection-secret-of-the-test' },
    file: {
      resourceServers: [
        {
          resource: 'https://logs.example.com/mcp',
          introspectionSecretEnv: 'INTROSPECTION_SECRET',
        },
      ],
      defaultResource: 'https://logs.example.com/mcp',
    },
  })
})
after(() => server.close())

/** The values that must not be logged, by what they are. */
type Secrets = Map<string, string>

function collectParameters(secrets: Secrets, url: string): void {
  const harmless =
    /^(client_id|response_type|code_challenge_method|scope|resource|iss|error.*|prompt)$/
  for (const [name, value] of new URL(url).searchParams) {
    if (!harmless.test(name) && value.length > 5)
      secrets.set(`${name} of ${url.slice(0, 60)}`, value)
  }
  const uid = /\/(?:interaction|authorize)\/([\w-]{20,})/.exec(url)?.[1]
  if (uid !== undefined) secrets.set(`interaction uid ${uid}`, uid)
}

async function collectCookies(secrets: Secrets, agent: UserAgent): Promise<void> {
  const { cookies = [] } = agent.cookies.serializeSync() ?? {}
  for (const { key, value } of cookies) if (value) secrets.set(`cookie ${key}`, value)
}

/** Runs the whole life of a confidential client, with some errors; returns what must not be logged. */
async function runClientLife() {
  const secrets: Secrets = new Map()
  const { issuer } = server
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const client: Client = await register(issuer, metadata)
  secrets.set('client secret', client.client_secret ?? '')

  const agent = createUserAgent()
  const parameters = {
    scope: 'openid profile email',
    nonce: 'nonce-of-the-test',
    login_hint: 'me@x.example',
  }
  const authorization = buildAuthorization(issuer, client, parameters)
  secrets.set('code verifier', authorization.codeVerifier)
  const page = await agent.open(authorization.url)
  secrets.set('CSRF token', /csrf_token" value="([^"]+)/.exec(page.body)?.[1] ?? '')
  await collectCookies(secrets, agent)
  await agent.submit(page, { fields: { csrf_token: 'forged-csrf-token-of-the-test' } })
  const answer = await approve(agent, page)
  await collectCookies(secrets, agent)
  for (const { url } of [...agent.hops, { url: answer.href }]) collectParameters(secrets, url)

  const { codeVerifier } = authorization
  const { body } = await redeem(issuer, client, { answer, codeVerifier })
  const refreshed = await refresh(issuer, client, body['refresh_token'])
  for (const tokens of [body, refreshed.body]) {
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      const token = String(tokens[name])
      secrets.set(`${name} ${secrets.size}`, token)
      for (const part of token.split('.')) secrets.set(`part of ${name} ${secrets.size}`, part)
    }
  }
  await call('/userinfo', { headers: { authorization: `Bearer ${body['access_token']}` } })
  const token = String(body['access_token'])
  for (const secret of ['introspection-secret-of-the-test', 'wrong-introspection-secret']) {
    secrets.set(`secret ${secret}`, secret)
    const headers = { authorization: basic('https://logs.example.com/mcp', secret) }
    await call('/introspect', { headers, body: form({ token }) })
  }
  // Errors, with sensitive values in the requests.
  await redeem(issuer, client, { answer, codeVerifier })
  await refresh(issuer, { ...client, client_secret: 'wrong-secret-of-the-test' }, 'wrong-token')
  await call('/userinfo', { headers: { authorization: 'Bearer wrong.access.token-of-the-test' } })
  await call('/callback?state=foreign-state-of-the-test&code=foreign-code-of-the-test', {})
  const json = { 'content-type': 'application/json' }
  await call('/register', { headers: json, body: 'broken-json-of-the-test' })
  await call('/register', { headers: json, body: '{"s":"x", broken-json-of-the-test' })
  await call('/token', { body: `refresh_token=oversized-of-the-test${'x'.repeat(90_000)}` })
  await call('/interaction/uid-of-the-test/approve', {
    body: form({ csrf_token: 'x-of-the-test' }),
  })
  const query = { redirect_uri: 'https://evil.example/cb-of-the-test', state: 'state-of-the-test' }
  await agent.open(buildAuthorization(issuer, client, query).url)
  await agent.open(`${issuer}/nowhere-of-the-test?secret=query-of-the-test`)
  const revoking = { client_id: client.client_id, client_secret: client.client_secret ?? '' }
  await call('/revoke', {
    body: form({ ...revoking, token: String(refreshed.body['refresh_token']) }),
  })
  const cancelling = createUserAgent()
  const consent = await cancelling.open(buildAuthorization(issuer, client).url)
  const login = await cancelling.submit(consent, { button: /^Allow/ })
  const until = isAnswer(REDIRECT_URI)
  await cancelling.submit(login, { button: { name: 'cancel', value: 'yes' }, until })
  for (const { url } of cancelling.hops) collectParameters(secrets, url)
  await collectCookies(secrets, cancelling)
  return { client, secrets }
}

const call = (path: string, sending: SendOptions) =>
  send(server.issuer + path, { ...sending, ...('body' in sending && { method: 'POST' }) })

const PERSONAL_DATA = [
  'ada@example.com',
  'Ada',
  'Byron',
  'people/ada.png',
  'me@x.example',
  'dev-1815',
]

test('no log line holds a query, token, code, cookie, secret, interaction id or personal data', async () => {
  const { secrets } = await runClientLife()
  assert.ok(secrets.size > 40)
  const forbidden = [...secrets].filter(([, value]) => value.length > 5)
  for (const line of server.logLines) {
    for (const [what, value] of forbidden) assert.ok(!line.includes(value), `${what}: ${line}`)
    for (const text of PERSONAL_DATA) assert.ok(!line.includes(text), `${text}: ${line}`)
    assert.doesNotMatch(line, /-of-the-test|broken-jso/) // V8 quotes the text that it cannot parse
    assert.doesNotMatch(line, /[?&](code|state|client_id|token|iss)=/)
  }
})

test('no log line holds the upstream client secret, a session secret or a private key', async () => {
  await runClientLife()
  const { upstream, sessionSecrets, jwks } = server.config
  const secrets = [upstream.clientSecret ?? '', ...sessionSecrets, ...jwks.keys.map(({ d }) => d)]
  for (const secret of secrets) {
    assert.ok(secret.length > 20)
    assert.ok(!server.logLines.some((line) => line.includes(secret)))
  }
})

test('each request logs one line: id, method, route, client, status, duration', async () => {
  const { length } = server.logLines
  const { client } = await runClientLife()
  const lines = server.logLines.slice(length).map((line) => JSON.parse(line))
  const requests = lines.filter(({ msg }) => msg === 'request')
  const ids = requests.map(({ requestId }) => requestId)
  assert.equal(new Set(ids).size, ids.length, 'one line each')
  for (const line of requests) {
    assert.match(line.requestId, /^[\da-f]{10}$/)
    assert.match(line.method, /^(GET|POST)$/)
    assert.equal(typeof line.durationMs, 'number')
    assert.ok(line.status >= 200 && line.status < 600)
    assert.match(line.time, /^\d{4}-\d\d-\d\dT/)
    // A pattern with the names of its parameters, or `none`; never a path with values.
    assert.match(line.route, /^(none|\/[a-z:/.-]*)$/i)
  }
  const of = (route: string) => requests.filter((line) => line.route === route)
  for (const route of [
    '/authorize',
    '/authorize/:uid',
    '/interaction/:uid',
    '/interaction/:uid/approve',
    '/callback',
    '/token',
    '/userinfo',
    '/revoke',
  ]) {
    assert.ok(
      of(route).some(({ clientId }) => clientId === client.client_id),
      `${route} names its client`,
    )
  }
  for (const route of ['/register', '/introspect', 'none']) assert.ok(of(route).length > 0, route)
})

test("a client's or a person's mistake is logged at info, without a stack", async () => {
  const { length } = server.logLines
  const json = { 'content-type': 'application/json' }
  await call('/register', { headers: json, body: '{' })
  await call('/token', { body: form({ grant_type: 'nonsense' }) })
  await call('/nowhere', {})
  await call('/callback?state=x', {})
  for (const line of server.logLines.slice(length)) {
    const { level, err } = JSON.parse(line)
    assert.equal(level, 'info', line)
    assert.equal(err, undefined, line)
  }
})
