// The documents that are answered before Koa: every other way to ask for one gets the same.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const DOCUMENTS = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/jwks',
]

let server: TestServer
let atPath: TestServer
before(async () => {
  server = await startTestServer({ env: { TRUSTED_PROXIES: 'loopback' } })
  atPath = await startTestServer({ issuerPath: '/tenant' })
})
after(async () => {
  await server.close()
  await atPath.close()
})

/** Headers that differ from request to request. */
const CHANGING = ['date', 'x-request-id']

function comparable(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !CHANGING.includes(name)))
}

for (const path of DOCUMENTS) {
  test(`${path} is the same with the headers of every response, whatever way it takes`, async () => {
    const ready = await send(server.issuer + path)
    assert.equal(ready.status, 200)
    // A query takes a request the whole way.
    const whole = await send(`${server.issuer}${path}?x`)
    assert.equal(whole.body, ready.body)
    assert.deepEqual(comparable(ready.headers), comparable(whole.headers))
    assert.match(ready.headers.get('x-request-id') ?? '', /^[0-9a-f]{10}$/)
  })

  test(`${path} answers HEAD without a body, a known ETag with 304, and other methods with 405`, async () => {
    const url = server.issuer + path
    const { headers } = await send(url)
    const head = await send(url, { method: 'HEAD' })
    assert.deepEqual([head.status, head.body], [200, ''])
    assert.equal(head.headers.get('content-length'), headers.get('content-length'))
    const etag = headers.get('etag') ?? ''
    const known = await send(url, { headers: { 'if-none-match': etag } })
    assert.deepEqual([known.status, known.body], [304, ''])
    assert.equal((await send(url, { method: 'DELETE' })).status, 405)
    const preflight = await send(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example' },
    })
    assert.equal(preflight.status, 204)
  })
}

test('an answer is logged like any other request, with the address that a trusted proxy forwards', async () => {
  const lines = async (path: string) => {
    const { headers } = await send(server.issuer + path, {
      headers: { 'x-forwarded-for': '192.0.2.7:4711' },
    })
    const id = headers.get('x-request-id') ?? 'none'
    const found = server.logLines
      .filter((line) => line.includes(id))
      .map((line) => JSON.parse(line))
    return found.map(({ time: _time, requestId: _id, durationMs: _ms, ...line }) => line)
  }
  const ready = await lines('/jwks')
  assert.deepEqual(ready, await lines('/jwks?x'))
  assert.deepEqual(ready, [
    {
      level: 'info',
      method: 'GET',
      route: '/jwks',
      status: 200,
      address: '192.0.2.7',
      msg: 'request',
    },
  ])
})

test('below an issuer with a path, the documents of the origin do not exist', async () => {
  const { origin } = new URL(atPath.issuer)
  for (const path of DOCUMENTS) {
    assert.equal((await send(origin + path)).status, 404, path)
    assert.equal((await send(atPath.issuer + path)).status, 200, path)
  }
  const wellKnown = await send(`${origin}/.well-known/oauth-authorization-server/tenant`)
  assert.equal(wellKnown.status, 200)
})
