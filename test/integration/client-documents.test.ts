import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import {
  CHATGPT_KEYS,
  clientDocuments,
  type DocumentFixture,
} from '../fixtures/client-documents.ts'
import { type AssertionKey, createAssertionKey } from '../support/assertion.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { authorize, buildAuthorization, claimsOf, redeem, refresh } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const HOSTS = ['claude.ai', 'chatgpt.com', 'vscode.dev', 'goose-docs.ai', HOST]

let web: DocumentServer
let server: TestServer
let key: AssertionKey
before(async () => {
  web = await startDocumentServer(HOSTS)
  key = await createAssertionKey('RS256')
  server = await startTestServer({ overrides: { outbound: web.outbound } })
  for (const { document } of clientDocuments) web.publish(document.client_id, { body: document })
  web.publish(CHATGPT_KEYS, { body: { keys: [key.publicKey] } })
})
after(async () => {
  await server.close()
  await web.close()
})

/** The assertion that the client adds to a token request, if its method needs one. */
const prove = async ({ method, document }: DocumentFixture) =>
  method === 'none' ? {} : key.sign(document.client_id, server.issuer)

for (const fixture of clientDocuments) {
  const { client, document, alsoUses = [] } = fixture
  test(`A8 A10 A13: a client by document signs in and refreshes with each redirect URI: ${client}`, async () => {
    const { client_id } = document
    for (const redirectUri of [...document.redirect_uris, ...alsoUses]) {
      const authorization = buildAuthorization(
        server.issuer,
        { client_id },
        { redirect_uri: redirectUri },
      )
      const page = await createUserAgent().open(authorization.url)
      assert.equal(page.title, `Allow ${document.client_name}?`, redirectUri)
      assert.ok(page.body.includes(new URL(client_id).host), 'the page shows the host')
      assert.match(page.body, /verified domain/)

      const answer = await authorize(authorization, { redirectUri })
      assert.ok(answer.searchParams.get('code'), answer.href)
      const parts = { answer, codeVerifier: authorization.codeVerifier, redirectUri }
      const first = await redeem(server.issuer, { client_id }, parts, await prove(fixture))
      assert.equal(first.status, 200, JSON.stringify(first.body))
      assert.equal(claimsOf(first.body['access_token'])['client_id'], client_id)
      const token = first.body['refresh_token']
      const next = await refresh(server.issuer, { client_id }, token, await prove(fixture))
      assert.equal(next.status, 200, JSON.stringify(next.body))
    }
    assert.equal(web.count(client_id), 1, 'A14: the document was fetched once')
  })
}

const DOCUMENT = {
  client_name: 'Test client',
  redirect_uris: ['https://client.example/callback'],
}
let published = 0

function nextUrl(): string {
  published += 1
  return `https://${HOST}/client-${published}.json`
}

/** Publishes a document, by default at a new URL; returns its client id. */
function publish(members: object, url = nextUrl()): string {
  web.publish(url, { body: { client_id: url, ...DOCUMENT, ...members } })
  return url
}

function open(client_id: string, parameters: Record<string, string> = {}) {
  const redirect_uri = DOCUMENT.redirect_uris[0]
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri, ...parameters })
  return send(url, { headers: { accept: 'text/html' } })
}

const askToken = (client_id: string, form: Record<string, string> = {}) =>
  refresh(server.issuer, { client_id }, 'none.0.such', form)

/** The page names the fault, and so does the invalid_client error of the token endpoint. */
async function assertRejected(client_id: string, fault: RegExp, label: string): Promise<void> {
  await assertPage(client_id, fault, label)
  const { status, body } = await askToken(client_id)
  assert.deepEqual([status, body['error']], [401, 'invalid_client'], label)
  assert.match(String(body['error_description']), fault, label)
}

/** The page names the fault; the token endpoint answers 503, so that the client keeps its tokens. */
async function assertTemporaryError(
  client_id: string,
  fault: RegExp,
  label: string,
): Promise<void> {
  await assertPage(client_id, fault, label)
  const { status, body } = await askToken(client_id)
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'], label)
}

async function assertPage(client_id: string, fault: RegExp, label: string): Promise<void> {
  const page = await open(client_id)
  assert.equal(page.status, 400, label)
  assertErrorPage(page, server, label)
  assert.match(page.body, fault, label)
}

test('A11: a document whose client_id is not exactly its URL is rejected', async () => {
  for (const [index, change] of ['/', '?x', '#'].entries()) {
    const url = `https://${HOST}/differs-${index}.json`
    publish({ client_id: url + change }, url)
    await assertTemporaryError(url, /client_id differs from its address/, change)
  }
  const upper = publish({ client_id: `https://${HOST.toUpperCase()}/upper.json` })
  await assertTemporaryError(upper, /client_id differs/, 'case')
  await assertTemporaryError(publish({ client_id: undefined }), /client_id differs/, 'absent')
})

test('A9 A12: a document with a missing or invalid required field is rejected, and the error names it', async () => {
  for (const [members, fault] of [
    [{ client_name: undefined }, /client_name is missing/],
    [{ client_name: '' }, /client_name is missing/],
    [{ client_name: 7 }, /client_name is missing/],
    [{ redirect_uris: undefined }, /redirect_uris are missing/],
    [{ redirect_uris: 'https://client.example/callback' }, /redirect_uris are missing/],
    [{ redirect_uris: [] }, /redirect_uris must hold at least one/],
    [{ redirect_uris: ['http://evil.example/cb'] }, /redirect_uris must hold at least one/],
  ] as const) {
    await assertRejected(publish(members), fault, JSON.stringify(members))
  }
})

test('a document with a shared secret is rejected', async () => {
  for (const members of [
    { client_secret: 'x' },
    { client_secret: null },
    { client_secret_expires_at: 0 },
  ]) {
    await assertRejected(publish(members), /must not hold client_secret/, JSON.stringify(members))
  }
  for (const method of ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']) {
    const url = publish({ token_endpoint_auth_method: method })
    await assertRejected(url, /cannot have a shared secret/, method)
  }
  const tls = publish({ token_endpoint_auth_method: 'tls_client_auth' })
  await assertRejected(tls, /must be one of private_key_jwt, none/, 'tls')
})

test('A12 A16: anything other than a JSON document of at most 5 KiB is rejected with a reason', async () => {
  const at = (name: string) => `https://${HOST}/${name}`
  web.publish(at('html'), { headers: { 'content-type': 'text/html' }, body: '<p>hello' })
  web.publish(at('broken'), { body: '{"client_id":' })
  web.publish(at('utf-8'), { body: Buffer.from([0x22, 0xff, 0x22]) })
  web.publish(at('array'), { body: [] })
  web.publish(at('null'), { body: 'null' })
  web.publish(at('moved'), { status: 302, headers: { location: at('client') } })
  publish({ padding: 'x'.repeat(5 * 1024) }, at('large'))
  await assertTemporaryError(at('html'), /not served as application\/json/, 'html')
  await assertTemporaryError(at('broken'), /It is not JSON/, 'broken')
  await assertTemporaryError(at('utf-8'), /It is not JSON/, 'utf-8')
  await assertTemporaryError(at('array'), /not a JSON object/, 'array')
  await assertTemporaryError(at('null'), /not a JSON object/, 'null')
  await assertTemporaryError(at('moved'), /redirects are not followed/, 'moved')
  await assertTemporaryError(at('large'), /5 KiB/, 'large')
  await assertTemporaryError(at('absent'), /withdrawn, or never published/, '404')
  assert.equal(web.count(at('client')), 0)
})

test('A9: a client id that is not a valid document URL is rejected without a fetch', async () => {
  const before = web.requests.length
  for (const [id, fault] of [
    [`http://${HOST}/client.json`, /begin with https/],
    [`https://${HOST}`, /must have a path/],
    [`https://${HOST}?x=/`, /must have a path/],
    [`https://${HOST}/a/../client.json`, /as a path segment/],
    [`https://${HOST}/./client.json`, /as a path segment/],
    [`https://${HOST}/%2E%2e/client.json`, /as a path segment/],
    [`https://${HOST}/client.json#x`, /fragment/],
    [`https://user:x@${HOST}/client.json`, /user name or password/],
    [`https://@${HOST}/client.json`, /user name or password/],
    [`https:\\\\${HOST}\\client.json`, /begin with https/],
    [`https://${HOST}\\x/client.json`, /not a valid URL/],
    [`https:///${HOST}/client.json`, /not a valid URL/],
    [`https://${HOST}/a b`, /not a valid URL/],
    [`https://${HOST}/${'x'.repeat(1024)}`, /longer than/],
    ['https://127.0.0.1/client.json', /https URL with a host name/],
    ['https://[::1]/client.json', /https URL with a host name/],
    ['https://0x7f000001/client.json', /https URL with a host name/],
    [`https://${HOST}:8443/client.json`, /no port/],
  ] as const) {
    await assertRejected(id, fault, id)
  }
  assert.equal(web.requests.length, before)
})

test('a query, and the root path, are allowed in a client id', async () => {
  for (const path of ['/client.json?v=1', '/']) {
    const page = await open(publish({}, `https://${HOST}${path}`))
    assert.equal(page.status, 303, page.body)
  }
})

test('A13: a redirect URI that the document does not list is rejected', async () => {
  const url = publish({})
  for (const redirect_uri of ['https://client.example/other', 'http://127.0.0.1/callback']) {
    const page = await open(url, { redirect_uri })
    assert.equal(page.status, 400)
    assert.match(page.body, /unknown address/)
    assertErrorPage(page, server)
  }
})

test('registration never issues a client id that looks like a document URL', async () => {
  const body = { redirect_uris: ['https://a.example/cb'], client_id: `https://${HOST}/x` }
  const { client_id } = JSON.parse((await send(`${server.issuer}/register`, { body })).body)
  assert.doesNotMatch(client_id, /:/)
})

test('A9: odd but harmless scopes, grant types, methods and members are accepted', async () => {
  for (const members of [
    { scope: 'a b c', grant_types: ['implicit', 'x'], response_types: ['token'] },
    { application_type: 'web', redirect_uris: ['http://localhost/cb', ...DOCUMENT.redirect_uris] },
    { logo_uri: 'javascript:alert(1)', contacts: 'nobody', policy_uri: '', tos_uri: null },
    { token_endpoint_auth_methods_supported: ['client_secret_post', 'none'] },
    { token_endpoint_auth_method: 'x', token_endpoint_auth_methods_supported: ['none'] },
    { token_endpoint_auth_method: null, subject_type: 'pairwise', __proto__: { x: 1 } },
    { redirect_uris: ['https://localhost/cb', 'http://localhost/cb', ...DOCUMENT.redirect_uris] },
    { redirect_uris: [...DOCUMENT.redirect_uris, 'javascript:alert(1)', 5] },
  ]) {
    const page = await open(publish(members))
    assert.equal(page.status, 303, `${JSON.stringify(members)}: ${page.body}`)
  }
})

test('A16: a host with an internal address is rejected like one that does not exist', async () => {
  const unknown = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
  const internal: Record<string, string> = {
    'a.example': '10.0.0.5',
    'b.example': '169.254.169.254',
  }
  const resolve = async (host: string) => {
    if (!internal[host]) throw unknown
    return [{ address: internal[host], family: 4 }]
  }
  const own = await startTestServer({ overrides: { outbound: { ...web.outbound, resolve } } })
  try {
    const pages = ['a.example', 'b.example', 'c.example'].map(async (host) => {
      const client = { client_id: `https://${host}/client.json` }
      const { url } = buildAuthorization(own.issuer, client)
      const { status, body } = await send(url, { headers: { accept: 'text/html' } })
      return [status, body.replaceAll(/(?<=<code>|Reference: |Time: )[\w:.-]+/g, '')]
    })
    const [first, ...others] = await Promise.all(pages)
    assert.equal(first?.[0], 400)
    assert.match(String(first?.[1]), /no public IP address/)
    for (const page of others) assert.deepEqual(page, first)
  } finally {
    await own.close()
  }
})
