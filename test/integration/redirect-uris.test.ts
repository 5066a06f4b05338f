import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { authorize, buildAuthorization, redeem, register } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const REFUSED = [
  'javascript:alert(1)',
  'JavaScript://a.example/%0aalert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'blob:https://a.example/x',
  'file:///etc/passwd',
  'http://a.example/cb',
  'http://10.0.0.5/cb',
  'http://localhost.evil.example/cb',
  'http://127.0.0.1.evil.example/cb',
  'http://127.0.0.2/cb',
  'http://0.0.0.0/cb',
  'https://user:password@a.example/cb',
  'https://user@a.example/cb',
  'http://user@localhost/cb',
  'https://a.example/cb#fragment',
  'https://a.example/cb#',
  'https://a.example/c b',
  'https://a.example\\@b.example/cb',
  'myapp://callback',
  'cursor://anysphere.cursor-mcp/oauth/other',
  'cursor://evil/oauth/callback',
  'com.example.app:/callback',
  '/callback',
  'localhost:3000/callback',
  '',
]

/** Opens /authorize and asserts an error page without a redirect. */
async function assertNoRedirect(client_id: string, redirect_uri: string) {
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri })
  const answer = await send(url, { headers: { accept: 'text/html' } })
  assert.equal(answer.status, 400, redirect_uri)
  assert.equal(answer.headers.get('location'), null, redirect_uri)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/, redirect_uri)
  assert.match(answer.body, /unknown address/, redirect_uri)
}

test('A27 A29: only https, loopback http and listed private-use redirect URIs can be registered', async () => {
  for (const uri of REFUSED) {
    const body = { client_name: 'x', redirect_uris: [uri], token_endpoint_auth_method: 'none' }
    const answer = await send(`${server.issuer}/register`, { body })
    assert.equal(answer.status, 400, uri)
    const { error, error_description } = jsonOf(answer)
    assert.equal(error, 'invalid_redirect_uri', uri) // RFC 7591 §3.2.2
    assert.match(String(error_description), /redirect_uris must hold at least one https URI/)
  }
})

test('A27: an https or http URI without two slashes and a host is refused', async () => {
  // RFC 9110 §4.2.1. Browsers repair such URIs: https:///b becomes https://b/, a host that the consent page
  // does not show.
  for (const uri of [
    'https:///a.example/cb',
    'https:a.example/cb',
    'http:localhost/cb',
    'https:/a/b',
  ]) {
    const answer = await send(`${server.issuer}/register`, { body: { redirect_uris: [uri] } })
    assert.equal(answer.status, 400, uri)
  }
})

test('A27: a missing, empty or malformed list is a 400 that names redirect_uris', async () => {
  for (const redirect_uris of [undefined, null, [], '', [null], [1], [{}], [[]], {}, 'x', [' ']]) {
    const answer = await send(`${server.issuer}/register`, { body: { redirect_uris } })
    const label = JSON.stringify(redirect_uris)
    assert.equal(answer.status, 400, label)
    assert.match(String(jsonOf(answer)['error_description']), /redirect_uris/, label)
  }
})

test('A28: a registration keeps the acceptable redirect URIs of a mixed list, and a dropped one is refused', async () => {
  const kept = ['https://a.example/cb', 'http://localhost:1234/cb']
  for (const dropped of REFUSED.filter((uri) => uri !== '')) {
    const body = { redirect_uris: [dropped, ...kept], token_endpoint_auth_method: 'none' }
    const answer = await send(`${server.issuer}/register`, { body })
    assert.equal(answer.status, 201, dropped)
    const registered = jsonOf(answer)
    assert.deepEqual(registered['redirect_uris'], kept, dropped)
    await assertNoRedirect(String(registered['client_id']), dropped)
  }
})

test('A28 A29: a redirect URI that differs in more than a loopback port or name is refused', async () => {
  const { client_id } = await register(server.issuer, {
    redirect_uris: ['https://a.example/cb?x=1', 'http://127.0.0.1:33418/callback'],
  })
  for (const other of [
    'https://a.example/cb',
    'https://a.example/cb?x=1&y=2',
    'https://a.example/cb?x=1/',
    'https://A.example/cb?x=1',
    'https://a.example:443/cb?x=1',
    'https://a.example:8443/cb?x=1',
    'https://a.example/%63b?x=1',
    'https://a.example.evil.example/cb?x=1',
    'https://a.example/cb/../cb?x=1',
    'http://a.example/cb?x=1',
    'http://127.0.0.1:33418/callback/',
    'http://127.0.0.1:33418/other',
    'http://127.0.0.1:33418/callback?x=1',
    'http://127.0.0.1:33418/Callback',
    'https://127.0.0.1:33418/callback',
    'http://127.0.0.1.evil.example:33418/callback',
    'http://user@127.0.0.1:33418/callback',
    'http://127.0.0.1:33418@evil.example/callback',
    'http://localhost:33418/callback/',
    'http://localhost:33418/callback?x=1',
    'http://localhost/%63allback',
    'http://localhost:33418',
    'http://localhost:65536/callback',
    'http://localhost:/callback',
    'http://LOCALHOST:33418/callback',
    'http://127.1:33418/callback',
    'http://127.0.0.2:33418/callback',
    'http://[::2]/callback',
    'http://[0:0:0:0:0:0:0:1]/callback',
    'http://localhost.evil.example:33418/callback',
    'http://localhost:33418\\@evil.example/callback',
    'https://localhost:33418/callback',
    'http://evil.example/callback',
    'javascript:alert(1)',
  ]) {
    await assertNoRedirect(client_id, other)
  }
})

test('a loopback redirect URI works on any port and by any loopback name (RFC 8252 §7.3)', async () => {
  const file = {
    clients: [
      { client_id: 'configured', client_name: 'x', redirect_uris: ['http://localhost/cb?a=1'] },
    ],
  }
  const own = await startTestServer({ file })
  try {
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const redirect_uris = [`http://${name}/cb?a=1`]
      const { client_id } = await register(own.issuer, { redirect_uris })
      for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
        for (const port of ['', ':1', ':3334', ':65535']) {
          const redirect_uri = `http://${host}${port}/cb?a=1`
          for (const id of [client_id, 'configured']) {
            const { url } = buildAuthorization(own.issuer, { client_id: id }, { redirect_uri })
            const page = await createUserAgent().open(url)
            assert.match(page.title, /^Allow /, redirect_uri)
          }
        }
      }
    }
  } finally {
    await own.close()
  }
})

test('A28: a code is redeemed only with the exact redirect URI of its request', async () => {
  const client = await register(server.issuer, { redirect_uris: ['http://localhost/cb'] })
  const redirectUri = 'http://127.0.0.1:4001/cb'
  for (const [presented, status] of [
    ['http://localhost/cb', 400],
    ['http://localhost:4001/cb', 400],
    ['http://127.0.0.1:4002/cb', 400],
    [redirectUri, 200],
  ] as const) {
    const asked = buildAuthorization(server.issuer, client, { redirect_uri: redirectUri })
    const answer = await authorize(asked, { redirectUri })
    const parts = { answer, codeVerifier: asked.codeVerifier, redirectUri: presented }
    assert.equal((await redeem(server.issuer, client, parts)).status, status, presented)
  }
})

const CURSOR = 'cursor://anysphere.cursor-mcp/oauth/callback'
const LISTED = 'com.example.app:/callback'

for (const [file, accepted, refused] of [
  [{}, [CURSOR], [LISTED]],
  [{ privateUseRedirectUris: [LISTED] }, [LISTED, CURSOR], ['com.example.app:/other']],
  [{ knownPrivateUseRedirectUris: [], privateUseRedirectUris: [LISTED] }, [LISTED], [CURSOR]],
] as const) {
  test(`only listed private-use redirect URIs are accepted, to the letter: ${JSON.stringify(file)}`, async () => {
    const configured = { client_id: 'app', client_name: 'App', redirect_uris: accepted }
    const own = await startTestServer({ file: { ...file, clients: [configured] } })
    try {
      for (const uri of accepted) await register(own.issuer, { redirect_uris: [uri] })
      for (const uri of refused) {
        const answer = await send(`${own.issuer}/register`, { body: { redirect_uris: [uri] } })
        assert.equal(answer.status, 400, uri)
      }
    } finally {
      await own.close()
    }
  })
}

/** Spellings of a URI at the server's own origin. */
const ownUris = ({ issuer }: TestServer) => [
  `${issuer}/authorize?client_id=another`,
  `${issuer}/callback`,
  `${issuer}/`,
  issuer,
  issuer.toUpperCase(),
]

test('a redirect URI at the origin of this server cannot be registered', async () => {
  const { host } = new URL(server.issuer)
  const kept = [`https://${host}/cb`, 'http://localhost:1/cb']
  for (const uri of ownUris(server)) {
    const alone = await send(`${server.issuer}/register`, { body: { redirect_uris: [uri] } })
    assert.equal(alone.status, 400, uri)
    const { error, error_description } = jsonOf(alone)
    assert.equal(error, 'invalid_redirect_uri', uri)
    assert.match(String(error_description), /origin of this server/)
    const body = { redirect_uris: [uri, 'http://localhost:1/cb'] }
    const mixed = await send(`${server.issuer}/register`, { body })
    assert.deepEqual(jsonOf(mixed)['redirect_uris'], ['http://localhost:1/cb'], uri)
  }
  for (const uri of kept) await register(server.issuer, { redirect_uris: [uri] })
})

test('a loopback redirect URI cannot be used with the port of this server', async () => {
  const path = '/authorize?client_id=another'
  const { client_id } = await register(server.issuer, {
    redirect_uris: [`http://localhost:1${path}`],
  })
  await assertNoRedirect(client_id, server.issuer + path)
  const redirect_uri = `http://localhost:2${path}`
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri })
  assert.match((await createUserAgent().open(url)).title, /^Allow /)
})

test('a metadata document that lists only URIs at the origin of this server is refused', async (t) => {
  const web = await startDocumentServer(['editor.example'])
  t.after(web.close)
  const own = await startTestServer({ overrides: { outbound: web.outbound } })
  t.after(own.close)
  const good = 'https://editor.example/cb'
  for (const [name, uris, expected] of [
    ['own', ownUris(own), /origin of this server/],
    ['mixed', [...ownUris(own), good], undefined],
  ] as const) {
    const client_id = `https://editor.example/${name}.json`
    web.publish(client_id, { body: { client_id, client_name: 'E', redirect_uris: uris } })
    const { url } = buildAuthorization(own.issuer, { client_id }, { redirect_uri: good })
    const page = await createUserAgent().open(url)
    if (expected) assert.match(page.body, expected)
    else assert.match(page.title, /^Allow /)
  }
})
