// From a host name to the address of a connection, and the errors on the way. Nothing leaves the machine.
import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import {
  type AddressInfo,
  createServer,
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
} from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { DeadlineError } from '../../../src/deadline.ts'
import type { OutboundOverrides } from '../../../src/outbound/dialler.ts'
import { createGuardedFetch, FetchError } from '../../../src/outbound/guarded-fetch.ts'
import { PUBLIC_ADDRESS } from '../../support/document-server.ts'

const HOST = 'client.example'
const LIMITS = { timeoutMs: 2000, maxBytes: 1000, types: /^application\/json$/ }

/** A connection that breaks at once. */
const broken = (error: Error) => new Duplex().destroy(error)

/** Fetches from `host` over a broken connection; returns the error, and the addresses of each connection. */
async function fail(
  host: string,
  options: OutboundOverrides & { privateHosts?: readonly string[]; timeoutMs?: number } = {},
) {
  const { privateHosts = [], timeoutMs = LIMITS.timeoutMs, ...overrides } = options
  const connections: (readonly LookupAddress[])[] = []
  const fetch = createGuardedFetch({
    privateHosts,
    currentSender: () => '',
    admit: async () => {},
    connect({ addresses }) {
      connections.push(addresses)
      return broken(new Error('no connection'))
    },
    ...overrides,
  })
  const error = await fetch(`https://${host}/`, { ...LIMITS, timeoutMs }).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof FetchError, String(error))
  return { error, connections }
}

const resolveTo = (address: string) => async () => [{ address, family: 4 }]

test('an error has its fault as its message, and a cause', async () => {
  const cause = new Error('no connection')
  const { error } = await fail(HOST, {
    resolve: resolveTo(PUBLIC_ADDRESS),
    connect: () => broken(cause),
  })
  assert.deepEqual([error.name, error.message, error.fault], ['FetchError', 'network', 'network'])
  assert.equal(error.cause, cause)
  assert.equal(error.status, undefined)
})

test('an unknown host name is an address fault, and any other DNS failure a network fault', async () => {
  for (const [code, fault] of Object.entries({
    ENOTFOUND: 'address',
    ENODATA: 'address',
    EAI_NONAME: 'address',
    EAI_AGAIN: 'network',
    XENOTFOUND: 'network',
    ENOTFOUNDX: 'network',
  })) {
    const cause = Object.assign(new Error('no'), { code })
    const { error } = await fail(HOST, { resolve: () => Promise.reject(cause) })
    assert.equal(error.fault, fault, code)
    assert.equal(error.cause, cause)
  }
  for (const cause of [new Error('no'), 'no', { code: 'ENOTFOUND' }, undefined]) {
    const { error } = await fail(HOST, { resolve: () => Promise.reject(cause) })
    assert.equal(error.fault, 'network')
    assert.equal(error.cause, cause)
  }
})

test('a host name that resolves after the deadline causes no connection', async () => {
  const address = Promise.withResolvers<LookupAddress[]>()
  const { error, connections } = await fail(HOST, { resolve: () => address.promise, timeoutMs: 20 })
  assert.equal(error.fault, 'timeout')
  assert.ok(error.cause instanceof DeadlineError)
  address.resolve([{ address: PUBLIC_ADDRESS, family: 4 }])
  await new Promise(setImmediate)
  assert.deepEqual(connections, [])
})

test('a URL with a password and no user name is refused', async () => {
  const { error, connections } = await fail(`:secret@${HOST}`)
  assert.equal(error.fault, 'url')
  assert.deepEqual(connections, [])
})

test('name servers resolve a host, and the system resolves a host that the operator vouches for', async (t) => {
  // `localhost` is in every hosts file. The mocks are name servers with another address for it.
  t.mock.method(dns.Resolver.prototype, 'resolve4', async () => [PUBLIC_ADDRESS])
  t.mock.method(dns.Resolver.prototype, 'resolve6', async () => [])
  const strangers = await fail('localhost')
  assert.deepEqual(strangers.connections, [[{ address: PUBLIC_ADDRESS, family: 4 }]])
  const vouchedFor = await fail('localhost', { privateHosts: ['LocalHost'] })
  const [addresses = []] = vouchedFor.connections
  assert.ok(addresses.length > 0)
  assert.ok(addresses.every(({ address }) => ['127.0.0.1', '::1'].includes(address)))
})

test('a connection goes to the resolved address, whether Node asks for one address or for all', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const before = getDefaultAutoSelectFamily()
  t.after(() => setDefaultAutoSelectFamily(before))
  for (const asksForAll of [true, false]) {
    setDefaultAutoSelectFamily(asksForAll)
    const fetch = createGuardedFetch({
      currentSender: () => '',
      admit: async () => {},
      privateHosts: ['name.invalid'],
      resolve: resolveTo('127.0.0.1'),
    })
    await assert.rejects(fetch(`https://name.invalid:${port}/`, LIMITS), { fault: 'network' })
  }
  assert.equal(connections, 2)
})
