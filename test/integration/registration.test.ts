import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { registrations } from '../fixtures/registrations.ts'
import {
  authorize,
  buildAuthorization,
  type Client,
  claimsOf,
  logIn,
  postToken,
  REDIRECT_URI,
  redeem,
  refresh,
} from '../support/journey.ts'
import { basic, jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const post = (body: object) => send(`${server.issuer}/register`, { body })

/** Opens an authorization with this redirect URI; returns the first page. */
function open(client_id: string, redirect_uri: string) {
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri })
  return createUserAgent().open(url)
}

for (const { client, body, alsoUses = [] } of registrations) {
  test(`A20: a client registers and reaches the consent page with each redirect URI: ${client}`, async () => {
    const answer = await post(body)
    assert.equal(answer.status, 201, answer.body)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    const registered = jsonOf(answer)
    assert.match(String(registered['client_id']), /^[\w-]{20,}$/)
    assert.deepEqual(registered['redirect_uris'], body['redirect_uris'])
    assert.deepEqual(registered['grant_types'], ['authorization_code', 'refresh_token'])
    assert.deepEqual(registered['response_types'], ['code'])
    const method = body['token_endpoint_auth_method'] ?? 'client_secret_basic'
    assert.equal(registered['token_endpoint_auth_method'], method)
    assert.equal(typeof registered['client_id_issued_at'], 'number')
    assert.equal(registered['client_name'], body['client_name'])
    for (const [name, value] of Object.entries(registered)) {
      assert.ok(value !== null && value !== '', name)
    }
    assert.equal(registered['scope'], undefined, 'no scope limit is echoed')

    const redirectUris = body['redirect_uris'] as string[]
    for (const redirectUri of [...redirectUris, ...alsoUses]) {
      const page = await open(String(registered['client_id']), redirectUri)
      assert.equal(page.status, 200, `${redirectUri}: ${page.title}`)
      assert.match(page.title, /^Allow /, redirectUri)
    }
  })
}

test('A1: a public client gets no secret, and a confidential one a strong secret that never expires', async () => {
  const body = { redirect_uris: [REDIRECT_URI] }
  const publicClient = jsonOf(await post({ ...body, token_endpoint_auth_method: 'none' }))
  assert.equal(publicClient['client_secret'], undefined)
  for (const method of ['client_secret_basic', 'client_secret_post', undefined]) {
    const confidential = jsonOf(await post({ ...body, token_endpoint_auth_method: method }))
    assert.match(String(confidential['client_secret']), /^[\w-]{40,}$/)
    assert.equal(confidential['client_secret_expires_at'], 0)
  }
})

test('A20: metadata that this server does not use never fails a registration', async () => {
  for (const extra of [
    { contacts: ['https://a.example/help'] },
    { contacts: 'nobody' },
    { client_name: { en: 'x' } },
    { logo_uri: 'javascript:alert(1)' },
    { sector_identifier_uri: 'http://127.0.0.1:1/', jwks_uri: 'http://127.0.0.1:1/' },
    { jwks: { keys: [] }, id_token_signed_response_alg: 'none', subject_type: 'pairwise' },
    { response_types: ['token'], grant_types: ['implicit'], application_type: 'nonsense' },
    { client_id: 'mine', client_secret: 'mine', client_id_issued_at: 1, scope: 'admin' },
  ]) {
    const answer = await post({ redirect_uris: [REDIRECT_URI], ...extra })
    assert.equal(answer.status, 201, `${JSON.stringify(extra)}: ${answer.body}`)
    assert.doesNotMatch(answer.body, /mine|javascript|admin|127\.0\.0\.1:1\/|"none"/)
  }
})

test('A20: an unsupported authentication method is a 400 that names the field', async () => {
  for (const method of ['client_secret_jwt', 'tls_client_auth', 'nonsense']) {
    const body = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: method }
    const answer = await post(body)
    const { error, error_description } = jsonOf(answer)
    assert.deepEqual([answer.status, error], [400, 'invalid_client_metadata'], method)
    assert.match(String(error_description), /token_endpoint_auth_method/, method)
  }
})

test('twenty redirect URIs are accepted, and more are a 400 that names the limit', async () => {
  const uris = Array.from({ length: 21 }, (_, i) => `https://client.example/callback/${i}`)
  const twenty = uris.slice(0, 20)
  // Duplicates count once.
  for (const redirect_uris of [twenty, [...twenty, ...twenty]]) {
    const answer = await post({ redirect_uris })
    assert.equal(answer.status, 201, answer.body)
    assert.deepEqual(jsonOf(answer)['redirect_uris'], twenty)
  }
  // A URI that would be dropped counts too.
  for (const last of ['https://client.example/callback/20', 'javascript:alert(1)']) {
    const answer = await post({ redirect_uris: [...twenty, last] })
    const { error, error_description } = jsonOf(answer)
    assert.deepEqual([answer.status, error], [400, 'invalid_redirect_uri'])
    assert.equal(error_description, 'redirect_uris must hold at most 20 URIs')
  }
})

test('a client name is cut after 200 characters, never inside a character', async () => {
  for (const letter of ['x', '🦊']) {
    for (const [length, kept] of [
      [199, 199],
      [200, 200],
      [201, 200],
      [5000, 200],
    ] as const) {
      const client_name = letter.repeat(length)
      const answer = await post({ redirect_uris: [REDIRECT_URI], client_name })
      assert.equal(answer.status, 201, answer.body)
      assert.equal(jsonOf(answer)['client_name'], letter.repeat(kept), `${letter} ${length}`)
    }
  }
})

test('a URI of more than 2000 characters is dropped', async () => {
  const grow = (length: number) => 'https://client.example/'.padEnd(length, 'x')
  const names = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri']
  for (const [length, isKept] of [
    [2000, true],
    [2001, false],
  ] as const) {
    const long = grow(length)
    for (const name of names) {
      const answer = jsonOf(await post({ redirect_uris: [REDIRECT_URI, long], [name]: long }))
      assert.equal(answer[name], isKept ? long : undefined, name)
      const kept = isKept ? [REDIRECT_URI, long] : [REDIRECT_URI]
      assert.deepEqual(answer['redirect_uris'], kept)
    }
  }
})

test('A20: two registrations with the same body never share a secret', async () => {
  const body = { redirect_uris: [REDIRECT_URI] }
  const [first, second] = [jsonOf(await post(body)), jsonOf(await post(body))]
  assert.notEqual(first['client_secret'], second['client_secret'])
})

test('A1: a client that posts its secret gets and refreshes tokens', async () => {
  const metadata = { token_endpoint_auth_method: 'client_secret_post' }
  const { client, tokens } = await logIn(server.issuer, { metadata })
  assert.equal(claimsOf(tokens['access_token'])['client_id'], client.client_id)
  const { status } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(status, 200)
})

async function redeemWithBasic(issuer: string, client: Client, secret = '') {
  const authorization = buildAuthorization(issuer, client)
  const answer = await authorize(authorization)
  const form = {
    grant_type: 'authorization_code',
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: REDIRECT_URI,
  }
  return postToken(issuer, form, { authorization: basic(client.client_id, secret) })
}

test('A1: a client with Basic authentication gets and refreshes tokens, but only with its secret', async () => {
  const client = jsonOf(await post({ redirect_uris: [REDIRECT_URI] })) as unknown as Client
  const { status, body } = await redeemWithBasic(server.issuer, client, client.client_secret)
  assert.equal(status, 200)
  const form = { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) }
  const authorization = basic(client.client_id, client.client_secret ?? '')
  assert.equal((await postToken(server.issuer, form, { authorization })).status, 200)

  const refused = await redeemWithBasic(server.issuer, client, 'wrong')
  assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_client'])
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic\b/)
})

test('public and confidential clients of the configuration file get tokens', async () => {
  const own = await startTestServer({
    env: { PORTAL_SECRET: 'the-portal-secret' },
    file: {
      clients: [
        { client_id: 'cli', client_name: 'Our CLI', redirect_uris: [REDIRECT_URI] },
        {
          client_id: 'portal',
          client_name: 'Our portal',
          redirect_uris: [REDIRECT_URI],
          clientSecretEnv: 'PORTAL_SECRET',
        },
      ],
    },
  })
  try {
    const authorization = buildAuthorization(own.issuer, { client_id: 'cli' })
    const page = await createUserAgent().open(authorization.url)
    assert.match(page.body, /Our CLI/)
    assert.match(page.body, /registered by your administrator/)
    const answer = await authorize(authorization)
    const { codeVerifier } = authorization
    const open = await redeem(own.issuer, { client_id: 'cli' }, { answer, codeVerifier })
    assert.equal(claimsOf(open.body['access_token'])['client_id'], 'cli')

    const portal = { client_id: 'portal' }
    assert.equal((await redeemWithBasic(own.issuer, portal, 'the-portal-secret')).status, 200)
    assert.equal((await redeemWithBasic(own.issuer, portal, 'wrong')).status, 401)
    const posting = buildAuthorization(own.issuer, portal)
    const parts = { answer: await authorize(posting), codeVerifier: posting.codeVerifier }
    const posted = { ...portal, client_secret: 'the-portal-secret' }
    // Claude.ai posts configured credentials whatever method the client is configured for
    // (docs/clients.md).
    assert.equal((await redeem(own.issuer, posted, parts)).status, 200)
  } finally {
    await own.close()
  }
})
