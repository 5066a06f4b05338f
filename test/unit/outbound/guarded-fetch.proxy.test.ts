// Fetches of documents through a proxy: a real one on loopback, and TLS through its tunnel, with no override.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { type AddressInfo, Socket } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { httpsProxy } from '../../../src/config/proxy/https-proxy.ts'
import { noProxy } from '../../../src/config/proxy/no-proxy.ts'
import type { OutboundOverrides } from '../../../src/outbound/dialler.ts'
import {
  createGuardedFetch,
  FetchError,
  type FetchLimits,
} from '../../../src/outbound/guarded-fetch.ts'
import { createTrustedCertificate } from '../../support/certificate.ts'
import {
  type ConnectProxy,
  hang,
  refuseWith,
  startConnectProxy,
} from '../../support/connect-proxy.ts'
import { createCostlyChain } from '../../support/costly-chain.ts'
import { type DocumentServer, startDocumentServer } from '../../support/document-server.ts'

const HOST = 'client.example.com'
/** The site that answers for it has no certificate for it. */
const IMPOSTOR = 'impostor.example.com'
const urlOf = (path: string) => `https://${HOST}${path}`
const LIMITS: FetchLimits = { timeoutMs: 2000, maxBytes: 1000, types: /^application\/json$/ }

const certificate = createTrustedCertificate([HOST, 'localhost'])
let web: DocumentServer
let proxy: ConnectProxy
const portOf = (host: string) => ([HOST, IMPOSTOR].includes(host) ? web.port : undefined)
before(async () => {
  web = await startDocumentServer([HOST], certificate)
  web.publish(urlOf('/ok'), { body: { ok: true } })
  proxy = await startConnectProxy({ portOf })
})
afterEach(() => {
  proxy.answer = undefined
})
after(async () => {
  await proxy.close()
  await web.close()
})

interface Options extends OutboundOverrides {
  readonly admit?: (site: string | undefined) => Promise<void>
  readonly proxyUrl?: string
  readonly exceptions?: readonly string[]
  readonly privateHosts?: readonly string[]
}

function createFetch({ proxyUrl = proxy.url, exceptions, privateHosts, ...overrides }: Options) {
  let senders = 0
  return createGuardedFetch({
    // As in a network without DNS: whatever needs an address fails.
    resolve: () => assert.fail('must not resolve'),
    connect: () => assert.fail('must not connect directly'),
    admit: async () => {},
    ...overrides,
    privateHosts: privateHosts ?? [],
    currentSender: () => `sender-${senders++}`,
    proxy: {
      server: httpsProxy.parse(proxyUrl),
      exceptions: noProxy.parse([...(exceptions ?? [])]),
    },
  })
}

const get = (url: string, options: Options = {}, limits: Partial<FetchLimits> = {}) =>
  createFetch(options)(url, { ...LIMITS, ...limits })

async function errorOf(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof FetchError, String(error))
  return error
}

async function assertNothingOpen(): Promise<void> {
  const endsAtMs = performance.now() + 1000
  while (proxy.open > 0 && performance.now() < endsAtMs) await new Promise(setImmediate)
  assert.equal(proxy.open, 0, 'no connection to the proxy is left')
}

test('a document is fetched through the proxy, which gets the name and resolves it', async () => {
  const { body } = await get(urlOf('/ok'))
  assert.equal(body.toString(), '{"ok":true}')
  assert.equal(proxy.targets.at(-1), `${HOST}:443`)
  assert.equal(proxy.credentials.at(-1), undefined)
  await assertNothingOpen()
})

test('the proxy is asked for a port other than 443 only if the host is in privateHosts', async () => {
  const { length } = proxy.targets
  web.publish(`https://${HOST}:8443/ok`, { body: {} })
  assert.equal((await errorOf(get(`https://${HOST}:8443/ok`))).fault, 'url')
  assert.equal(proxy.targets.length, length)
  await get(`https://${HOST}:8443/ok`, { privateHosts: [HOST] })
  assert.equal(proxy.targets.at(-1), `${HOST}:8443`)
})

test('the proxy gets the credentials of HTTPS_PROXY, and no error shows them', async () => {
  const proxyUrl = proxy.url.replace('://', '://me:p%40ss@')
  await get(urlOf('/ok'), { proxyUrl })
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
  assert.equal(proxy.credentials.at(-1), authorization)
  proxy.answer = refuseWith(407)
  const { cause } = await errorOf(get(urlOf('/ok'), { proxyUrl }))
  assert.ok(cause instanceof Error)
  assert.equal(cause.message, 'the proxy (HTTPS_PROXY) answered 407 to CONNECT')
  assert.doesNotMatch(`${cause.stack}${JSON.stringify(cause)}`, /p@ss|p%40ss|Basic/)
})

test('a proxy that speaks TLS is asked over TLS', async (t) => {
  const secure = await startConnectProxy({ portOf, certificate })
  t.after(secure.close)
  await get(urlOf('/ok'), { proxyUrl: secure.url })
  assert.deepEqual(secure.targets, [`${HOST}:443`])
  const untrusted = secure.url.replace('localhost', '127.0.0.1')
  assert.equal((await errorOf(get(urlOf('/ok'), { proxyUrl: untrusted }))).fault, 'network')
})

test('the certificate must be that of the host, not of the proxy or another site', async () => {
  const { length } = web.requests
  const { fault, cause } = await errorOf(get(`https://${IMPOSTOR}/ok`))
  assert.equal(fault, 'network')
  assert.match(String(cause), /ERR_TLS_CERT_ALTNAME_INVALID|altnames/)
  assert.equal(web.requests.length, length)
  await assertNothingOpen()
})

test('a host that NO_PROXY lists is resolved, checked and fetched directly', async () => {
  const { length } = proxy.targets
  const exceptions = ['other.example', 'example.com']
  await get(urlOf('/ok'), { ...web.outbound, exceptions })
  const resolve = async () => [{ address: '10.0.0.1', family: 4 }]
  assert.equal((await errorOf(get(urlOf('/ok'), { resolve, exceptions }))).fault, 'address')
  assert.equal(proxy.targets.length, length)
  await get(urlOf('/ok'), { ...web.outbound, exceptions: [`${HOST}:8443`] })
  assert.equal(proxy.targets.length, length + 1, 'control: another port')
})

for (const host of [
  'localhost',
  'x.localhost',
  'redis',
  'metadata.google.internal',
  'printer.local',
  'redis.default.svc',
]) {
  test(`A16: the proxy is not asked for a name that is not public: ${host}`, async () => {
    const { length } = proxy.targets
    const { fault, cause } = await errorOf(get(`https://${host}/ok`))
    assert.deepEqual([fault, cause], ['address', undefined])
    assert.equal(proxy.targets.length, length)
    // Control: the operator vouches for it.
    await errorOf(get(`https://${host}/ok`, { privateHosts: [host] }))
    assert.equal(proxy.targets.at(-1), `${host}:443`)
  })
}

for (const url of [
  'https://127.0.0.1/ok',
  'https://0x7f.1/ok',
  'https://[::1]/ok',
  'https://8.8.8.8/ok',
]) {
  test(`A16: the proxy is not asked for an address: ${url}`, async () => {
    const { length } = proxy.targets
    assert.equal((await errorOf(get(url))).fault, 'url')
    assert.equal(proxy.targets.length, length)
  })
}

test('a proxy that is down, refuses or speaks nonsense is a network fault', async () => {
  const closed = await startConnectProxy({ portOf })
  await closed.close()
  const down = await errorOf(get(urlOf('/ok'), { proxyUrl: closed.url }))
  assert.equal(down.fault, 'network')
  assert.match(String(down.cause), /cannot connect to the proxy \(HTTPS_PROXY\)/)
  for (const status of [403, 407, 502, 503, 301]) {
    proxy.answer = refuseWith(status)
    const { fault, cause } = await errorOf(get(urlOf('/ok')))
    assert.deepEqual([fault, String(cause).includes(` ${status} `)], ['network', true])
  }
  for (const nonsense of [
    'SSH-2.0-OpenSSH_9\r\n',
    `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(9000)}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    '',
  ]) {
    proxy.answer = (client) => void client.end(nonsense)
    assert.equal((await errorOf(get(urlOf('/ok')))).fault, 'network', nonsense.slice(0, 20))
  }
  await assertNothingOpen()
})

test('a proxy that refuses gets its connection closed, even if it leaves its end open', async () => {
  proxy.answer = (client) => void client.resume().write('HTTP/1.1 403 Forbidden\r\n\r\n')
  assert.equal((await errorOf(get(urlOf('/ok')))).fault, 'network')
  await assertNothingOpen()
})

test('A16: a proxy, a tunnel and a site that hang time out, and nothing stays open', async () => {
  const limits = { timeoutMs: 100 }
  proxy.answer = hang
  assert.equal((await errorOf(get(urlOf('/ok'), {}, limits))).fault, 'timeout')
  await assertNothingOpen()
  proxy.answer = (client) => void client.resume().write('HTTP/1.1 200 OK\r\n\r\n')
  assert.equal((await errorOf(get(urlOf('/ok'), {}, limits))).fault, 'timeout')
  await assertNothingOpen()
  proxy.answer = undefined
  web.publish(urlOf('/silent'), () => {})
  assert.equal((await errorOf(get(urlOf('/silent'), {}, limits))).fault, 'timeout')
  await assertNothingOpen()
})

test('A16: size, type and redirects are checked through the proxy too', async () => {
  web.publish(urlOf('/large'), { body: 'x'.repeat(1001) })
  assert.equal((await errorOf(get(urlOf('/large')))).fault, 'too_large')
  web.publish(urlOf('/html'), { headers: { 'content-type': 'text/html' }, body: '<p>' })
  assert.equal((await errorOf(get(urlOf('/html')))).fault, 'type')
  web.publish(urlOf('/moved'), { status: 302, headers: { location: urlOf('/ok') } })
  assert.equal((await errorOf(get(urlOf('/moved')))).fault, 'redirect')
  await assertNothingOpen()
})

test('fetches through the proxy share the slots: one host cannot occupy every fetch', async () => {
  proxy.answer = hang
  const fetch = createFetch({})
  const limits = { ...LIMITS, timeoutMs: 200 }
  const held = Array.from({ length: 8 }, () => errorOf(fetch(urlOf('/ok'), limits)))
  assert.equal((await errorOf(fetch(urlOf('/ok'), limits))).fault, 'busy')
  for (const { fault } of await Promise.all(held)) assert.equal(fault, 'timeout')
  proxy.answer = undefined
  assert.equal((await fetch(urlOf('/ok'), LIMITS)).body.length, 11)
})

test('a fetch counts before the proxy is asked, as one of the site that answered through it', async () => {
  const counted: (string | undefined)[] = []
  const { length } = proxy.targets
  const admit = async (site: string | undefined) => {
    counted.push(site)
    assert.equal(proxy.targets.length, length + counted.length - 1)
  }
  const fetch = createFetch({ admit })
  web.publish(urlOf('/silent'), () => {})
  await fetch(urlOf('/ok'), LIMITS)
  assert.equal(
    (await errorOf(fetch(urlOf('/silent'), { ...LIMITS, timeoutMs: 100 }))).fault,
    'timeout',
  )
  proxy.answer = refuseWith(502)
  assert.equal((await errorOf(fetch(urlOf('/ok'), LIMITS))).fault, 'network')
  proxy.answer = undefined
  await fetch(urlOf('/ok'), LIMITS)
  // A silent path does not end the standing of the site. A tunnel that fails does.
  assert.deepEqual(counted, [undefined, 'example.com', 'example.com', undefined])
})

for (const [what, flood] of Object.entries({
  'informational responses': 'HTTP/1.1 103 \r\n\r\n'.repeat(5000),
  'extensions of chunks':
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n' +
    `1;${'x'.repeat(10)}\r\n \r\n`.repeat(5000),
})) {
  test(`a flood of ${what} ends the tunnel, long before the timeout`, async () => {
    web.publish(urlOf('/flood'), ({ socket }) => void socket.write(flood))
    const startedAtMs = performance.now()
    const { fault, cause } = await errorOf(get(urlOf('/flood')))
    assert.deepEqual(
      [fault, String(cause)],
      ['network', 'Error: the connection received too many bytes'],
    )
    assert.ok(performance.now() - startedAtMs < LIMITS.timeoutMs / 2)
    await assertNothingOpen()
  })
}

test('a long chain of costly certificates ends the tunnel before they are verified', async (t) => {
  const site = createServer(createCostlyChain([HOST], 40)).listen(0, '127.0.0.1')
  t.after(() => site.close())
  site.on('tlsClientError', () => {})
  await once(site, 'listening')
  const { port } = site.address() as AddressInfo
  const costly = await startConnectProxy({ portOf: () => port })
  t.after(costly.close)
  const { fault, cause } = await errorOf(get(urlOf('/ok'), { proxyUrl: costly.url }))
  assert.deepEqual(
    [fault, String(cause)],
    ['network', 'Error: the connection received too many bytes'],
  )
})

test('a tunnel that breaks off is a network fault, whenever and however that happens', async () => {
  for (const afterMs of [0, 1, 5]) {
    proxy.answer = (client) => {
      client.resume().write('HTTP/1.1 200 OK\r\n\r\n')
      setTimeout(() => client instanceof Socket && client.resetAndDestroy(), afterMs)
    }
    assert.equal((await errorOf(get(urlOf('/ok')))).fault, 'network')
  }
  proxy.answer = undefined
  web.publish(urlOf('/cut'), (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    setImmediate(() => request.socket.destroy())
  })
  assert.equal((await errorOf(get(urlOf('/cut')))).fault, 'network')
})
