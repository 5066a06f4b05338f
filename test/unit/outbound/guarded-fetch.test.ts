// The fetch of documents that strangers publish. A9 and A16 are rows of docs/requirements.md; "draft" is
// draft-ietf-oauth-client-id-metadata-document-01.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import { after, before, test } from 'node:test'
import type { OutboundOverrides } from '../../../src/outbound/dialler.ts'
import {
  createGuardedFetch,
  FetchError,
  type FetchLimits,
} from '../../../src/outbound/guarded-fetch.ts'
import { createCertificate } from '../../support/certificate.ts'
import {
  type DocumentServer,
  PUBLIC_ADDRESS,
  startDocumentServer,
} from '../../support/document-server.ts'

const URL_OF = (path: string) => `https://client.example${path}`
const LIMITS: FetchLimits = { timeoutMs: 2000, maxBytes: 1000, types: /^application\/json$/i }

const OPTIONS = { privateHosts: [], currentSender: () => '', admit: async () => {} }

let web: DocumentServer
before(async () => {
  web = await startDocumentServer(['client.example'])
  web.publish(URL_OF('/ok'), { body: { ok: true } })
})
after(() => web.close())

function get(
  url: string,
  options: OutboundOverrides & { privateHosts?: string[]; limits?: Partial<FetchLimits> } = {},
) {
  const { privateHosts = [], limits, ...overrides } = options
  const fetch = createGuardedFetch({ ...OPTIONS, privateHosts, ...web.outbound, ...overrides })
  return fetch(url, { ...LIMITS, ...limits })
}

const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no fault',
    (error: unknown) => (error instanceof FetchError ? error.fault : error),
  )

const resolveTo =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

test('an https URL at a public address is fetched, with its own host name', async () => {
  const { body } = await get(URL_OF('/ok'))
  assert.equal(body.toString(), '{"ok":true}')
  assert.equal(web.targets.at(-1)?.hostname, 'client.example')
})

for (const url of [
  'http://client.example/ok',
  'ftp://client.example/ok',
  'file:///etc/passwd',
  'https://user@client.example/ok',
  'https://user:password@client.example/ok',
  'https://client.example./ok',
  'https://127.0.0.1/ok',
  'https://127.1/ok',
  'https://0177.0.0.1/ok',
  'https://0x7f.0.0.1/ok',
  'https://2130706433/ok',
  'https://017700000001/ok',
  'https://0/ok',
  'https://127.0.0.1./ok',
  'https://①②⑦.0.0.1/ok',
  'https://8.8.8.8/ok',
  'https://[::1]/ok',
  'https://[::ffff:127.0.0.1]/ok',
  'https://[64:ff9b::7f00:1]/ok',
  'https://[fe80::1%25lo]/ok',
  'https://client.example:81/ok',
  'https://client.example:8443/ok',
  'https:///ok',
  'not a URL',
]) {
  test(`A16: the URL is rejected without a DNS lookup: ${url}`, async () => {
    const resolve = () => assert.fail('must not resolve')
    const connect = () => assert.fail('must not connect')
    // A URL parser reads https:///ok as https://ok/, a host name that DNS does not have.
    if (url === 'https:///ok') {
      const unknown = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
      assert.equal(await faultOf(get(url, { resolve: unknown, connect })), 'address')
      return
    }
    assert.equal(await faultOf(get(url, { resolve, connect })), 'url')
  })
}

for (const [name, addresses] of Object.entries({
  loopback: ['127.0.0.1'],
  'IPv6 loopback': ['::1'],
  private: ['10.1.2.3'],
  'cloud metadata': ['169.254.169.254'],
  'carrier-grade NAT': ['100.64.1.1'],
  'IPv4-mapped loopback': ['::ffff:127.0.0.1'],
  'NAT64 of loopback': ['64:ff9b::7f00:1'],
  '6to4 of loopback': ['2002:7f00:1::1'],
  'unique local': ['fd00::1'],
  'link-local': ['fe80::1'],
  multicast: ['224.0.0.251'],
  'no address': [],
  'one public, one private': [PUBLIC_ADDRESS, '192.168.1.1'],
})) {
  test(`A16: a host that resolves to a special address gets no connection: ${name}`, async () => {
    const connect = () => assert.fail('must not connect')
    const fetched = get(URL_OF('/ok'), { resolve: resolveTo(...addresses), connect })
    assert.equal(await faultOf(fetched), 'address')
  })
}

test('A16: DNS is queried once, and the connection goes to the address of that answer', async () => {
  const answers = [[PUBLIC_ADDRESS], ['127.0.0.1']]
  let queries = 0
  const resolve = async () => {
    queries += 1
    return resolveTo(...(answers.shift() ?? []))()
  }
  await get(URL_OF('/ok'), { resolve })
  assert.equal(queries, 1)
  assert.deepEqual(web.targets.at(-1)?.addresses, [{ address: PUBLIC_ADDRESS, family: 4 }])
})

test('A16: without overrides, the connection goes to the checked address, and requires a trusted certificate', async () => {
  let connections = 0
  let requests = 0
  const untrusted = createServer(createCertificate(['name.invalid']), (_request, response) => {
    requests += 1
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  })
  untrusted.on('connection', () => {
    connections += 1
  })
  untrusted.listen(0, '127.0.0.1')
  await once(untrusted, 'listening')
  const { port } = untrusted.address() as AddressInfo
  try {
    // The name does not exist in DNS, so only a connection to the checked address can succeed.
    const fetch = createGuardedFetch({
      ...OPTIONS,
      privateHosts: ['name.invalid'],
      resolve: resolveTo('127.0.0.1'),
    })
    assert.equal(await faultOf(fetch(`https://name.invalid:${port}/ok`, LIMITS)), 'network')
    assert.deepEqual([connections, requests], [1, 0])
  } finally {
    untrusted.close()
  }
})

test('only a host in privateHosts may resolve to a private address', async () => {
  const privateHosts = ['client.example']
  const resolve = resolveTo('10.0.0.7')
  assert.equal((await get(URL_OF('/ok'), { resolve, privateHosts })).body.length, 11)
  const other = get('https://other.example/ok', { resolve, privateHosts })
  assert.equal(await faultOf(other), 'address')
})

test('only a host in privateHosts may have a port other than 443', async () => {
  const url = 'https://client.example:8443/ok'
  web.publish(url, { body: {} })
  await get(url, { privateHosts: ['client.example'] })
  assert.equal(web.targets.at(-1)?.port, 8443)
  await get('https://client.example:443/ok')
  assert.equal(web.targets.at(-1)?.port, 443)
  assert.equal(await faultOf(get(url, { privateHosts: ['other.example'] })), 'url')
})

test('A16: a certificate for another host is rejected', async () => {
  assert.equal(await faultOf(get('https://other.example/ok')), 'network')
})

test('A9: a redirect is not followed, and every status except 200 is a failure (draft §4)', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    web.publish(URL_OF('/r'), { status, headers: { location: URL_OF('/ok') } })
    assert.equal(await faultOf(get(URL_OF('/r'))), 'redirect', String(status))
  }
  for (const status of [201, 202, 203, 206, 400, 401, 403, 404, 410, 429, 500, 503]) {
    web.publish(URL_OF('/s'), { status, body: {} })
    const error = await get(URL_OF('/s')).catch((caught: FetchError) => caught)
    assert.ok(error instanceof FetchError && error.fault === 'status' && error.status === status)
  }
  assert.equal(web.count(URL_OF('/ok')), web.requests.filter((url) => url === URL_OF('/ok')).length)
})

test('A16: a wrong or missing content type, or a content encoding, is rejected', async () => {
  for (const headers of [
    { 'content-type': 'text/html' },
    { 'content-type': 'text/plain; charset=utf-8' },
    { 'content-type': 'application/jsonp' },
    { 'content-type': '' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    { 'content-type': 'application/json', 'content-encoding': 'br' },
  ]) {
    web.publish(URL_OF('/t'), { headers, body: '{}' })
    assert.equal(await faultOf(get(URL_OF('/t'))), 'type', JSON.stringify(headers))
  }
  web.publish(URL_OF('/t'), { headers: { 'content-type': 'Application/JSON;x=1' }, body: '{}' })
  assert.equal((await get(URL_OF('/t'))).body.toString(), '{}')
})

test('A16: reading stops as soon as a body is too large (draft §6.6)', async () => {
  web.publish(URL_OF('/l'), { body: 'x'.repeat(1001) })
  assert.equal(await faultOf(get(URL_OF('/l'))), 'too_large')
  let closed = false
  web.publish(URL_OF('/endless'), (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = setInterval(() => response.write('x'.repeat(100)), 5)
    response.on('close', () => {
      closed = true
      clearInterval(more)
    })
  })
  assert.equal(await faultOf(get(URL_OF('/endless'))), 'too_large')
  web.publish(URL_OF('/l'), { body: 'x'.repeat(1000) })
  assert.equal((await get(URL_OF('/l'))).body.length, 1000)
  assert.ok(closed, 'the connection was closed')
})

test('A16: a response with more than 8 KiB of headers is refused', async () => {
  const withHeader = (length: number) => ({ headers: { 'cache-control': 'x'.repeat(length) } })
  web.publish(URL_OF('/h'), { ...withHeader(7500), body: '{}' })
  assert.equal((await get(URL_OF('/h'))).body.toString(), '{}')
  web.publish(URL_OF('/h'), { ...withHeader(8200), body: '{}' })
  assert.equal(await faultOf(get(URL_OF('/h'))), 'network')
})

test('A16: slow DNS, slow headers and slow bodies time out', async () => {
  const limits = { timeoutMs: 150 }
  const never = () => new Promise<never>(() => {})
  assert.equal(await faultOf(get(URL_OF('/ok'), { resolve: never, limits })), 'timeout')
  web.publish(URL_OF('/silent'), () => {})
  assert.equal(await faultOf(get(URL_OF('/silent'), { limits })), 'timeout')
  web.publish(URL_OF('/drip'), (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  })
  const startedAt = performance.now()
  assert.equal(await faultOf(get(URL_OF('/drip'), { limits })), 'timeout')
  assert.ok(performance.now() - startedAt < 1500)
})

test('a broken connection is a network fault, and an unknown host an address fault', async () => {
  web.publish(URL_OF('/cut'), (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{')
    setTimeout(() => response.destroy(), 20)
  })
  assert.equal(await faultOf(get(URL_OF('/cut'))), 'network')
  const fail = (code: string) => () => Promise.reject(Object.assign(new Error('no'), { code }))
  assert.equal(await faultOf(get(URL_OF('/ok'), { resolve: fail('ENOTFOUND') })), 'address')
  assert.equal(await faultOf(get(URL_OF('/ok'), { resolve: fail('EAI_AGAIN') })), 'network')
})

/** A fetch whose senders are all different, and which counts nothing. */
function createFetch(options: OutboundOverrides = {}) {
  let senders = 0
  return createGuardedFetch({
    ...OPTIONS,
    currentSender: () => `sender-${senders++}`,
    ...web.outbound,
    ...options,
  })
}

test('one host cannot occupy every fetch', async () => {
  web.publish(URL_OF('/hold'), () => {})
  const fetch = createFetch()
  const limits = { ...LIMITS, timeoutMs: 300 }
  const held = Array.from({ length: 8 }, () => faultOf(fetch(URL_OF('/hold'), limits)))
  assert.equal(await faultOf(fetch(URL_OF('/ok'), limits)), 'busy')
  assert.deepEqual(new Set(await Promise.all(held)), new Set(['timeout']))
  assert.equal((await fetch(URL_OF('/ok'), LIMITS)).body.length, 11)
})

/** A fetch of hosts whose names begin with `new-` waits for DNS; `fill` begins as many as there are slots. */
function prepareCrowd(options: OutboundOverrides = {}) {
  const never = () => new Promise<never>(() => {})
  const resolve = (hostname: string) =>
    hostname.startsWith('new-') ? never() : web.outbound.resolve(hostname)
  const fetch = createFetch({ resolve, ...options })
  const get = (url: string, timeoutMs = 1000) => faultOf(fetch(url, { ...LIMITS, timeoutMs }))
  async function fill(timeoutMs: number) {
    const held = Array.from({ length: 48 }, (_, at) => get(`https://new-${at}.example/`, timeoutMs))
    assert.equal(await get('https://new-48.example/'), 'busy')
    return held
  }
  return { get, fill }
}

test('a silent path or subdomain, or a missing page, does not demote the site that answered', async () => {
  web.publish(URL_OF('/hold'), () => {})
  const { get, fill } = prepareCrowd()
  assert.equal(await get(URL_OF('/ok')), 'no fault')
  assert.equal(await get(URL_OF('/hold'), 100), 'timeout')
  assert.equal(await get(URL_OF('/missing')), 'status')
  assert.equal(await get('https://new-name.client.example/', 100), 'timeout')
  const held = await fill(700)
  assert.equal(await get(URL_OF('/ok')), 'no fault')
  await Promise.all(held)
})

test('a site that cannot be reached any more counts as new, until it answers again', async () => {
  let isDown = false
  const { get, fill } = prepareCrowd({
    connect: (target) =>
      isDown ? new Duplex({ read() {}, write() {} }) : web.outbound.connect(target),
  })
  assert.equal(await get(URL_OF('/ok')), 'no fault')
  isDown = true
  assert.equal(await get(URL_OF('/ok'), 100), 'timeout')
  isDown = false
  const held = await fill(500)
  assert.equal(await get(URL_OF('/ok')), 'busy')
  await Promise.all(held)
  assert.equal(await get(URL_OF('/ok')), 'no fault')
  const again = await fill(500)
  assert.equal(await get(URL_OF('/ok')), 'no fault')
  await Promise.all(again)
})

test('a fetch counts once it has a slot: as new, or as one of the site that answered', async () => {
  const counted: (string | undefined)[] = []
  web.publish(URL_OF('/hold'), () => {})
  const fetch = createGuardedFetch({
    ...OPTIONS,
    admit: async (site) => void counted.push(site),
    ...web.outbound,
  })
  const hold = () => faultOf(fetch(URL_OF('/hold'), { ...LIMITS, timeoutMs: 200 }))
  const held = [hold(), hold(), hold()]
  assert.equal(await hold(), 'busy')
  await Promise.all(held)
  assert.deepEqual(counted.splice(0), [undefined, undefined, undefined])
  await fetch(URL_OF('/ok'), LIMITS)
  await faultOf(fetch(URL_OF('/missing'), LIMITS))
  assert.deepEqual(counted, [undefined, 'client.example'])
})

test('a fetch that is not admitted makes no connection, and frees its slot', async () => {
  const refusal = new Error('refused')
  const fetch = createGuardedFetch({
    ...OPTIONS,
    admit: () => Promise.reject(refusal),
    resolve: () => assert.fail('must not resolve'),
  })
  for (let at = 0; at < 10; at += 1) {
    assert.equal(await faultOf(fetch(URL_OF('/ok'), LIMITS)), refusal)
  }
})
