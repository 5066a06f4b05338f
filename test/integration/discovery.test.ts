import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { listen } from '../../scripts/dev/listen.ts'
import { createCookieMacs } from '../../src/crypto/cookie-macs.ts'
import { createAccessPolicy } from '../../src/domain/access/access-policy.ts'
import { createReleasedClaims } from '../../src/domain/access/released-claims.ts'
import { createResourceServers } from '../../src/domain/resource-server.ts'
import { ENGINE_ROUTES, interactionPath } from '../../src/http/routes.ts'
import { createRedirectPolicy } from '../../src/oauth/redirect-uri.ts'
import { createEmptyAdapter } from '../../src/provider/adapters/record-adapter.ts'
import { createProvider } from '../../src/provider/create-provider.ts'
import { createTokenPolicy } from '../../src/provider/tokens/token-policy.ts'
import { authorize, buildAuthorization, logIn, register } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const DOCUMENTS = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']
const ORIGIN = 'https://inspector.example'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const get = (path: string, headers: Record<string, string> = {}) =>
  send(server.issuer + path, { headers })

test('A3 A4: both discovery documents are the same JSON, at both URLs that clients probe', async () => {
  const [oauth, openid] = await Promise.all(DOCUMENTS.map((path) => get(path)))
  assert.equal(oauth?.status, 200)
  assert.equal(openid?.status, 200)
  assert.match(oauth?.headers.get('content-type') ?? '', /^application\/json\b/)
  assert.match(openid?.headers.get('content-type') ?? '', /^application\/json\b/)
  assert.equal(oauth?.body, openid?.body)
})

test('A5: the issuer is the configured string, character by character', async () => {
  const document = jsonOf(await get(DOCUMENTS[0] ?? ''))
  assert.equal(document['issuer'], server.issuer)
})

test('advertiseIssParameter removes the advertisement of iss, and iss stays in each response', async () => {
  const quiet = await startTestServer({ file: { advertiseIssParameter: false } })
  try {
    for (const path of DOCUMENTS) {
      const name = 'authorization_response_iss_parameter_supported'
      assert.equal(jsonOf(await send(quiet.issuer + path))[name], undefined)
      assert.equal(jsonOf(await get(path))[name], true, 'control')
    }
    const client = await register(quiet.issuer)
    const { url } = buildAuthorization(quiet.issuer, client)
    const answer = await authorize({ url, codeVerifier: '', state: '' })
    assert.equal(answer.searchParams.get('iss'), quiet.issuer)
    const { url: faulty } = buildAuthorization(quiet.issuer, client, {
      code_challenge_method: 'plain',
    })
    const refused = await send(faulty)
    const location = new URL(refused.headers.get('location') ?? '')
    assert.ok(location.searchParams.get('error'))
    assert.equal(location.searchParams.get('iss'), quiet.issuer)
  } finally {
    await quiet.close()
  }
})

test('A6 A15 A20 A22 A25: the document says what MCP clients look for', async () => {
  const { issuer } = server
  const document = jsonOf(await get(DOCUMENTS[0] ?? ''))
  assert.deepEqual(document['code_challenge_methods_supported'], ['S256'])
  assert.deepEqual(document['response_types_supported'], ['code'])
  assert.deepEqual(document['grant_types_supported'], ['authorization_code', 'refresh_token'])
  assert.equal(document['authorization_response_iss_parameter_supported'], true)
  assert.deepEqual(document['token_endpoint_auth_methods_supported'], [
    'none',
    'private_key_jwt',
    'client_secret_basic',
    'client_secret_post',
  ])
  for (const name of ['token', 'revocation']) {
    assert.deepEqual(document[`${name}_endpoint_auth_signing_alg_values_supported`], [
      'RS256',
      'ES256',
      'ES384',
      'EdDSA',
      'Ed25519',
    ])
  }
  assert.equal(document['client_id_metadata_document_supported'], true)
  assert.deepEqual(document['scopes_supported'], [
    'openid',
    'profile',
    'email',
    'offline_access',
    'mcp:tools',
  ])
  assert.deepEqual(document['subject_types_supported'], ['public'])
  assert.deepEqual(document['id_token_signing_alg_values_supported'], ['RS256'])
  const endpoints = Object.entries(document).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
  assert.deepEqual(Object.fromEntries(endpoints), {
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    jwks_uri: `${issuer}/jwks`,
    registration_endpoint: `${issuer}/register`,
    revocation_endpoint: `${issuer}/revoke`,
    introspection_endpoint: `${issuer}/introspect`,
    end_session_endpoint: `${issuer}/logout`,
    userinfo_endpoint: `${issuer}/userinfo`,
    global_token_revocation_endpoint: `${issuer}/global-token-revocation`,
  })
})

test('documents and keys answer a known ETag with 304, and HEAD without a body', async () => {
  for (const path of [...DOCUMENTS, '/jwks']) {
    const full = await get(path)
    const etag = full.headers.get('etag') ?? ''
    assert.match(etag, /^"[\w-]+"$/, path)
    assert.match(full.headers.get('cache-control') ?? '', /^public, max-age=[1-9]\d*$/, path)

    const known = await get(path, { 'if-none-match': etag })
    assert.deepEqual([known.status, known.body, known.headers.get('etag')], [304, '', etag], path)
    assert.equal((await get(path, { 'if-none-match': '"stale"' })).status, 200, path)

    const head = await send(server.issuer + path, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body, head.headers.get('etag')], [200, '', etag], path)
    assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(full.body)), path)
  }
})

test('the JWK Set holds only public members, and a kid, use and alg for each key', async () => {
  const { keys } = jsonOf(await get('/jwks')) as { keys: Record<string, unknown>[] }
  assert.deepEqual(
    keys.map(({ alg }) => alg),
    ['RS256', 'ES256'],
  )
  for (const key of keys) {
    const members = key['kty'] === 'RSA' ? ['n', 'e'] : ['crv', 'x', 'y']
    assert.deepEqual(Object.keys(key).sort(), ['kty', 'use', 'kid', 'alg', ...members].sort())
    assert.equal(key['use'], 'sig')
  }
})

test('browser-based clients may call every client endpoint from any origin, without credentials', async () => {
  const paths = [...DOCUMENTS, '/jwks', '/token', '/par', '/register', '/revoke', '/userinfo']
  for (const path of paths) {
    const method = /jwks|well-known|userinfo/.test(path) ? 'GET' : 'POST'
    const headerNames = ['authorization', 'content-type', 'mcp-protocol-version', 'dpop']
    const preflight = await send(server.issuer + path, {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': method,
        'access-control-request-headers': headerNames.join(','),
      },
    })
    const { headers } = preflight
    assert.equal(preflight.status, 204, path)
    assert.equal(headers.get('access-control-allow-origin'), '*', path)
    assert.equal(headers.get('access-control-allow-credentials'), null, path)
    assert.ok(headers.get('access-control-allow-methods')?.split(', ').includes(method), path)
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ') ?? []
    for (const name of headerNames) assert.ok(allowed.includes(name), `${path}: ${name}`)
  }
})

test('a browser-based client can read responses and errors', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const refreshing = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: String(tokens['refresh_token']),
  })
  const authorization = `Bearer ${tokens['access_token']}`
  const origin = { origin: ORIGIN }
  const metadata = { redirect_uris: ['https://a.example/cb'] }
  const answers = {
    metadata: [200, await get(DOCUMENTS[0] ?? '', origin)],
    keys: [200, await get('/jwks', origin)],
    registration: [
      201,
      await send(`${server.issuer}/register`, { headers: origin, body: metadata }),
    ],
    userinfo: [200, await get('/userinfo', { ...origin, authorization })],
    token: [200, await send(`${server.issuer}/token`, { headers: origin, body: refreshing })],
    refusal: [400, await send(`${server.issuer}/register`, { headers: origin, body: {} })],
  } as const
  for (const [name, [status, answer]] of Object.entries(answers)) {
    assert.equal(answer.status, status, `${name}: ${answer.body}`)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', name)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null, name)
  }
})

test('no other origin can read the pages that a person visits', async () => {
  for (const path of ['/authorize', '/interaction/x', '/interaction/x/approve', '/callback']) {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const answer = await send(server.issuer + path, {
        method,
        headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
      })
      const allow = answer.headers.get('access-control-allow-origin')
      assert.equal(allow, null, `${method} ${path}`)
    }
  }
})

const unused = () => Promise.reject(new Error('discovery reads no records'))

test('the document agrees with the document of the engine in every field that both have', async () => {
  const { config } = server
  const policy = createTokenPolicy(config)
  const provider = createProvider({
    config,
    policy,
    accessPolicy: createAccessPolicy(config),
    onAccessRefused() {},
    releasedClaims: createReleasedClaims({ scopeClaims: {} }),
    issuance: { admit: unused, admittedScopes: () => new Set(), complete: () => ({}) },
    accounts: { renew: unused, noteUnlistedGrants: unused },
    upstreamTokens: { mayContinue: unused },
    revalidate: unused,
    tokenExchange: undefined,
    grantLists: { open: unused },
    accountLookup: { find: unused },
    consents: { findAllowed: unused, isRemembered: unused, record: unused },
    cookieMacs: createCookieMacs(config.sessionSecrets),
    redirectPolicy: createRedirectPolicy(config),
    servers: createResourceServers(config),
    adapter: createEmptyAdapter,
    replays: { use: () => assert.fail('discovery records no replays') },
    nonces: { next: () => '', isValid: () => false },
    now: Date.now,
    reservations: { reserve: unused, assertSettled: unused, settle() {}, close: unused },
    refreshTokens: { adapter: createEmptyAdapter('RefreshToken'), generateId: () => '' },
    keepJwt: () => '',
    renderError() {},
    routes: ENGINE_ROUTES,
    interactionPath,
    interactionBinding: { set() {}, isBound: () => true, clear() {} },
    onFault() {},
    onGrantRevoked() {},
  })
  const { server: engine, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  engine.on('request', provider.callback())
  const host = new URL(config.issuer).host
  const answer = await send(`http://127.0.0.1:${port}${DOCUMENTS[1]}`, { headers: { host } })
  await close()

  const theirs = jsonOf(answer)
  const ours = jsonOf(await get(DOCUMENTS[1] ?? ''))
  const sorted = (value: unknown) => (Array.isArray(value) ? value.toSorted() : value)
  const common = Object.keys(theirs).filter((name) => Object.hasOwn(ours, name))
  assert.ok(common.length > 15)
  // Ours adds the scopes of the resource servers, which the engine does not have.
  for (const name of common.filter((field) => field !== 'scopes_supported')) {
    assert.deepEqual(sorted(ours[name]), sorted(theirs[name]), name)
  }
})
