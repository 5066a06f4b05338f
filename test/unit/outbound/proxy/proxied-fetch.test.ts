// The fetch for the upstream, through a real proxy on loopback.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { httpsProxy } from '../../../../src/config/proxy/https-proxy.ts'
import { noProxy } from '../../../../src/config/proxy/no-proxy.ts'
import { createProxiedFetch } from '../../../../src/outbound/proxy/proxied-fetch.ts'
import { ProxyError } from '../../../../src/outbound/proxy/proxy-tunnel.ts'
import { createTrustedCertificate } from '../../../support/certificate.ts'
import {
  type ConnectProxy,
  hang,
  refuseWith,
  startConnectProxy,
} from '../../../support/connect-proxy.ts'
import { type DocumentServer, startDocumentServer } from '../../../support/document-server.ts'

const HOST = 'login.example.com'
const certificate = createTrustedCertificate([HOST, 'localhost'])
const urlOf = (path: string) => `https://${HOST}${path}`

let web: DocumentServer
let proxy: ConnectProxy
before(async () => {
  web = await startDocumentServer([HOST], certificate)
  proxy = await startConnectProxy({ portOf: () => web.port })
})
afterEach(() => {
  proxy.answer = undefined
})
after(async () => {
  await proxy.close()
  await web.close()
})

function createFetch(exceptions: readonly string[] = []) {
  const server = httpsProxy.parse(proxy.url)
  return createProxiedFetch({ server, exceptions: noProxy.parse([...exceptions]) })
}

/** The request that the site gets, in the parts that a caller decides. */
async function requestOf(request: IncomingMessage) {
  const { method, headers } = request
  const { authorization, accept, 'content-type': type } = headers
  return { method, authorization, accept, type, body: await text(request) }
}

test('a request and its response are the same through the proxy as directly', async () => {
  const seen: unknown[] = []
  web.publish(urlOf('/token'), async (request, response) => {
    seen.push(await requestOf(request))
    response.writeHead(401, {
      'content-type': 'application/json',
      'www-authenticate': ['Basic realm="a"', 'DPoP algs="ES256"'],
    })
    response.end('{"error":"invalid_client","ü":1}')
  })
  const init: RequestInit = {
    method: 'POST',
    headers: { authorization: 'Basic eA==', accept: 'application/json' },
    body: new URLSearchParams({ code: 'a b&c', grant_type: 'authorization_code' }),
    redirect: 'manual',
  }
  const response = await createFetch()(urlOf('/token'), init)
  assert.equal(proxy.targets.at(-1), `${HOST}:443`)
  assert.equal(response.status, 401)
  assert.equal(response.headers.get('www-authenticate'), 'Basic realm="a", DPoP algs="ES256"')
  assert.deepEqual(await response.json(), { error: 'invalid_client', ü: 1 })
  assert.deepEqual(seen, [
    {
      method: 'POST',
      authorization: 'Basic eA==',
      accept: 'application/json',
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      body: 'code=a+b%26c&grant_type=authorization_code',
    },
  ])
})

test('a redirect is not followed, and an empty response has no body', async () => {
  const headers = { location: 'https://evil.example/' }
  web.publish(urlOf('/moved'), { status: 302, headers })
  const moved = await createFetch()(urlOf('/moved'), { redirect: 'manual' })
  assert.deepEqual([moved.status, moved.headers.get('location')], [302, headers.location])
  web.publish(urlOf('/empty'), (_request, response) => response.writeHead(204).end())
  const empty = await createFetch()(urlOf('/empty'), {})
  assert.deepEqual([empty.status, empty.body], [204, null])
})

test('a host that NO_PROXY lists, and plain http, are fetched directly', async () => {
  const { length } = proxy.targets
  web.publish(`https://localhost:${web.port}/ok`, { body: { ok: true } })
  const direct = await createFetch(['localhost'])(`https://localhost:${web.port}/ok`, {})
  assert.deepEqual(await direct.json(), { ok: true })
  await assert.rejects(createFetch()('http://127.0.0.1:9/', {}), TypeError)
  assert.equal(proxy.targets.length, length)
  const proxied = await createFetch()(`https://localhost:${web.port}/ok`, {})
  assert.equal(proxied.status, 200, 'control')
  assert.equal(proxy.targets.at(-1), `localhost:${web.port}`)
})

test('a proxy that refuses is an error, and one that hangs lasts no longer than the signal', async () => {
  proxy.answer = refuseWith(407)
  await assert.rejects(createFetch()(urlOf('/x'), {}), ProxyError)
  proxy.answer = hang
  const signal = AbortSignal.timeout(100)
  await assert.rejects(createFetch()(urlOf('/x'), { signal }), ProxyError)
  proxy.answer = undefined
  web.publish(urlOf('/stall'), (_request, response) => response.writeHead(200).write('{'))
  const controller = new AbortController()
  const stalled = await createFetch()(urlOf('/stall'), { signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await assert.rejects(stalled.text())
  const endsAtMs = performance.now() + 1000
  while (proxy.open > 0 && performance.now() < endsAtMs) await new Promise(setImmediate)
  assert.equal(proxy.open, 0, 'no connection is left')
})

test('the signal ends a request even if garbage was collected meanwhile', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  web.publish(urlOf('/stall'), () => {})
  const collecting = setInterval(collectGarbage, 20)
  try {
    const pending = createFetch()(urlOf('/stall'), { signal: AbortSignal.timeout(300) })
    const late = sleep(3000, 'late', { ref: false })
    assert.equal(await Promise.race([pending.catch(() => 'ended'), late]), 'ended')
  } finally {
    clearInterval(collecting)
  }
})
