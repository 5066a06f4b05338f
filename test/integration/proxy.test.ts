// A server whose only way out is a proxy: it has no DNS.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { createTrustedCertificate } from '../support/certificate.ts'
import { type ConnectProxy, hang, refuseWith, startConnectProxy } from '../support/connect-proxy.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { type FaultyUpstream, startFaultyUpstream } from '../support/faulty-upstream.ts'
import { buildAuthorization, obtainTokens, REDIRECT_URI, refresh } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example.com'
const ID = `https://${HOST}/client.json`
const PASSWORD = 'Tr0ub4dor'
const certificate = createTrustedCertificate([HOST, 'localhost'])

let web: DocumentServer
let proxy: ConnectProxy
let upstream: FaultyUpstream
let server: TestServer
before(async () => {
  web = await startDocumentServer([HOST], certificate)
  const body = { client_id: ID, client_name: 'Documented', redirect_uris: [REDIRECT_URI] }
  web.publish(ID, { body })
  upstream = await startFaultyUpstream({ certificate })
  const upstreamPort = Number(new URL(upstream.issuer).port)
  proxy = await startConnectProxy({
    portOf: (host) => ({ [HOST]: web.port, localhost: upstreamPort })[host],
  })
  server = await startTestServer({
    upstream,
    env: { HTTPS_PROXY: proxy.url.replace('://', `://me:${PASSWORD}@`) },
    overrides: { outbound: { resolve: () => assert.fail('must not resolve') } },
  })
})
afterEach(() => {
  proxy.answer = undefined
})
after(async () => {
  await server.close()
  await upstream.close()
  await proxy.close()
  await web.close()
})

test('a client by document signs in at the upstream and refreshes, with the proxy as the only way out', async () => {
  const { status, body } = await obtainTokens(server.issuer, { client_id: ID })
  assert.equal(status, 200, JSON.stringify(body))
  const next = await refresh(server.issuer, { client_id: ID }, body['refresh_token'])
  assert.equal(next.status, 200)
  const upstreamTarget = new URL(upstream.issuer).host
  const count = (target: string) => proxy.targets.filter((one) => one === target).length
  assert.equal(count(`${HOST}:443`), 1)
  const paths = ['/.well-known/openid-configuration', '/token', '/jwks', '/userinfo']
  assert.deepEqual(paths.map(upstream.countRequests), [1, 1, 1, 1])
  assert.equal(count(upstreamTarget), 4)
})

test('while the proxy is down, refuses or hangs, a sign-in gets 503, and no log line shows credentials', async () => {
  const own = await startTestServer({
    upstream: { issuer: upstream.issuer, close: async () => {} },
    env: { HTTPS_PROXY: proxy.url.replace('://', `://me:${PASSWORD}@`) },
    file: { outbound: { privateHosts: [], timeoutSeconds: 1 } },
  })
  try {
    for (const [index, answer] of [
      refuseWith(407),
      refuseWith(502),
      (client: { destroy(): void }) => client.destroy(),
      hang,
    ].entries()) {
      proxy.answer = answer
      const client = { client_id: `https://${HOST}/${index}.json` }
      const { url } = buildAuthorization(own.issuer, client)
      const page = await send(url, { headers: { accept: 'text/html' } })
      assert.equal(page.status, 503, page.body)
      assert.match(page.body, /cannot be fetched at the moment/)
    }
    const log = own.logLines.join('\n')
    assert.match(log, /answered 407 to CONNECT/)
    const outages = own.logLines.filter((line) => line.includes('through the proxy: check HTTPS'))
    assert.equal(outages.length, 1, 'the operator reads once what to do')
    const secret = new RegExp(`${PASSWORD}|${Buffer.from(`me:${PASSWORD}`).toString('base64')}`)
    assert.doesNotMatch(log, secret)
  } finally {
    await own.close()
  }
})
