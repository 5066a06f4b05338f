import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import { assertErrorPage, assertNoInternals } from '../support/error-page.ts'
import { type Answer, jsonOf, type SendOptions, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const FORM = 'application/x-www-form-urlencoded'
const CLIENT_PATHS = ['/token', '/par', '/register', '/revoke', '/introspect']
const PERSON_PATHS = ['/authorize', '/interaction/x/approve', '/interaction/x/deny']

const ask = (path: string, sending: SendOptions) =>
  send(server.issuer + path, { ...sending, headers: { accept: 'text/html', ...sending.headers } })

/** Follows one redirect as a browser would: a POST to /authorize becomes a GET. */
async function askAndFollow(path: string, sending: SendOptions): Promise<Answer> {
  const answer = await ask(path, sending)
  const location = answer.headers.get('location')
  return location?.startsWith('/authorize?') ? ask(location, {}) : answer
}

function assertClearError(answer: Answer, path: string, label: string): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `${label}: ${answer.status}`)
  assertNoInternals(answer.body, label)
  if (PERSON_PATHS.includes(path)) {
    assertErrorPage(answer, server, label)
    return
  }
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, label)
  const { error, error_description } = jsonOf(answer)
  assert.match(String(error), /^[a-z_]+$/, label)
  assert.equal(typeof error_description, 'string', label)
}

const BODIES: Record<string, SendOptions> = {
  'no body': { method: 'POST' },
  'no content type': { method: 'POST', body: 'a=b' },
  'another content type': {
    headers: { 'content-type': 'text/plain' },
    method: 'POST',
    body: 'a=b',
  },
  'a malformed content type': { headers: { 'content-type': '///' }, method: 'POST', body: 'a' },
  multipart: {
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    method: 'POST',
    body: '--x--',
  },
  'broken JSON': { headers: { 'content-type': 'application/json' }, method: 'POST', body: '{"a":' },
  'a JSON array': { headers: { 'content-type': 'application/json' }, method: 'POST', body: '[]' },
  'JSON null': { headers: { 'content-type': 'application/json' }, method: 'POST', body: 'null' },
  'deep JSON': {
    headers: { 'content-type': 'application/json' },
    method: 'POST',
    body: '['.repeat(20_000),
  },
  'an empty form': { headers: { 'content-type': FORM }, method: 'POST', body: '' },
  'NUL bytes': { headers: { 'content-type': FORM }, method: 'POST', body: Buffer.alloc(100) },
  'bytes that are not UTF-8': {
    headers: { 'content-type': FORM },
    method: 'POST',
    body: Buffer.from([0xff, 0xfe, 0x3d, 0xc3, 0x28]),
  },
  'broken percent-encoding': {
    headers: { 'content-type': FORM },
    method: 'POST',
    body: 'client_id=%ZZ&token=%&%=',
  },
  'an unknown charset': {
    headers: { 'content-type': `${FORM}; charset=nonsense` },
    method: 'POST',
    body: 'a=b',
  },
  'a content encoding': {
    headers: { 'content-type': FORM, 'content-encoding': 'gzip' },
    method: 'POST',
    body: 'a=b',
  },
  'an oversized form': {
    headers: { 'content-type': FORM },
    method: 'POST',
    body: `a=${'x'.repeat(200_000)}`,
  },
  'oversized JSON': {
    headers: { 'content-type': 'application/json' },
    method: 'POST',
    body: JSON.stringify({
      redirect_uris: ['https://a.example/'],
      client_name: 'x'.repeat(200_000),
    }),
  },
}

for (const [what, sending] of Object.entries(BODIES)) {
  test(`every endpoint that accepts a body answers a bad body with a clear 4xx: ${what}`, async () => {
    for (const path of [...CLIENT_PATHS, ...PERSON_PATHS]) {
      // One connection for each request: the next test covers what a rejected body leaves on a
      // connection.
      const headers = { ...sending.headers, connection: 'close' }
      assertClearError(await askAndFollow(path, { ...sending, headers }), path, `${what}, ${path}`)
    }
  })
}

test('after an oversized body, the connection announces its close or stays usable', async () => {
  const body = `a=${'x'.repeat(200_000)}`
  for (const path of [...CLIENT_PATHS, '/authorize']) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const post = (content: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        const headers = { 'content-type': FORM, 'content-length': content.length }
        request(server.issuer + path, { agent, method: 'POST', headers }, (response) => {
          response.resume().on('end', () => resolve(response.headers.connection))
        })
          .on('error', reject)
          .end(content)
      })
    try {
      for (let turn = 0; turn < 3; turn++) await post(body)
      await assert.doesNotReject(post('a=b'), path)
    } finally {
      agent.destroy()
    }
  }
})

test('an unknown path is a 404: a page for a browser, JSON for a client', async () => {
  for (const path of ['//', '/nowhere', '/interaction', '/auth', '/me', '/assets/x.css', '/%']) {
    const page = await ask(path, {})
    assert.equal(page.status, 404, path)
    assertErrorPage(page, server, path)
    const json = await ask(path, { headers: { accept: 'application/json' } })
    assert.deepEqual([json.status, jsonOf(json)['error']], [404, 'not_found'], path)
  }
  for (const path of ['/token/x', '/.well-known/nope', '/jwks/x', '/revoke/x']) {
    const answer = await ask(path, {})
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [404, 'not_found'], path)
  }
})

const METHODS: Record<string, string[]> = {
  '/authorize': ['GET', 'POST'],
  '/token': ['POST'],
  '/register': ['POST'],
  '/revoke': ['POST'],
  '/introspect': ['POST'],
  '/userinfo': ['GET', 'POST'],
  '/jwks': ['GET', 'HEAD'],
  '/.well-known/oauth-authorization-server': ['GET', 'HEAD'],
  '/callback': ['GET'],
  '/interaction/x': ['GET'],
  '/interaction/x/approve': ['POST'],
  '/livez': ['GET'],
  '/readyz': ['GET'],
}

test('a wrong method is rejected with a 404 or 405', async () => {
  for (const [path, allowed] of Object.entries(METHODS)) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allowed.includes(method)) continue
      const answer = await ask(path, { method })
      assert.ok([404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`)
      assertNoInternals(answer.body, path)
    }
  }
})

test('a 405 lists the allowed methods (RFC 9110 §15.5.6)', async () => {
  for (const [path, allowed] of Object.entries(METHODS)) {
    const answer = await ask(path, { method: 'PUT' })
    assert.equal(answer.status, 405, path)
    const named = answer.headers.get('allow')?.split(', ') ?? []
    for (const method of allowed) assert.ok(named.includes(method), `${path}: ${method}`)
  }
})

test('no spelling of /token or /register answers with HTML', async () => {
  for (const path of [
    '/token',
    '/token/',
    '/TOKEN',
    '/Token',
    '/register',
    '/Register/',
    '/REVOKE',
  ]) {
    const answer = await ask(path, { method: 'POST' })
    assert.doesNotMatch(answer.headers.get('content-type') ?? '', /html/, path)
  }
})

test('an overlong request target is rejected with a 414 or 431', async () => {
  const { status } = await send(`${server.issuer}/authorize?x=${'x'.repeat(40_000)}`)
  assert.ok([414, 431].includes(status))
})
