// Silent hosts keep fetches running until they time out. They must not keep the documents of others out.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const REDIRECT = 'https://honest.example/callback'
const HOSTS = Array.from({ length: 8 }, (_, at) => `host-${at}`)
const SITES = HOSTS.map((host) => `${host}.example`)
const HOSTS_OF_ONE_SITE = HOSTS.map((host) => `${host}.attacker.example`)

let web: DocumentServer
let server: TestServer
before(async () => {
  web = await startDocumentServer(['honest.example', 'new.example', ...SITES, ...HOSTS_OF_ONE_SITE])
})
after(() => web.close())
afterEach(() => server.close())
beforeEach(async () => {
  server = await startTestServer({
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    file: { outbound: { timeoutSeconds: 4 } },
    overrides: { outbound: web.outbound },
  })
})

let count = 0

/** Opens the page of a new client by document from an address; the answer's status. */
async function open(host: string, address: string, { isSilent = false } = {}): Promise<number> {
  count += 1
  const client_id = `https://${host}/client-${count}.json`
  const document = { client_id, client_name: 'Client', redirect_uris: [REDIRECT] }
  web.publish(client_id, isSilent ? () => {} : { body: document })
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri: REDIRECT })
  const headers = { accept: 'text/html', 'x-forwarded-for': address }
  return (await send(url, { headers })).status
}

/** 64 documents of silent hosts. Returns when all that may be fetched are being fetched. */
async function holdFetches(hosts: readonly string[], addressOf: (at: number) => string) {
  const held = Array.from({ length: 64 }, (_, at) =>
    open(hosts[at % hosts.length] ?? '', addressOf(at), { isSilent: true }),
  )
  await sleep(700)
  return { answered: () => Promise.all(held) }
}

const SHOWN = 303
const UNAVAILABLE = 503

test('one sender with silent documents at many sites keeps nobody else out', async () => {
  const { answered } = await holdFetches(SITES, () => '198.51.100.1')
  assert.equal(await open('honest.example', '198.51.100.2'), SHOWN)
  assert.equal(await open('honest.example', '198.51.100.1'), UNAVAILABLE, 'that sender has to wait')
  await answered()
  assert.equal(await open('honest.example', '198.51.100.1'), SHOWN, 'afterwards it is served again')
})

test('a subscriber with an IPv6 network is one sender', async () => {
  const { answered } = await holdFetches(SITES, (at) => `2001:db8:1:2::${at + 1}`)
  assert.equal(await open('honest.example', '2001:db8:1:3::1'), SHOWN)
  assert.equal(await open('honest.example', '2001:db8:1:2:ffff::1'), UNAVAILABLE)
  await answered()
})

test('one site with many host names and senders keeps no other site out', async () => {
  const { answered } = await holdFetches(HOSTS_OF_ONE_SITE, (at) => `198.51.100.${at}`)
  assert.equal(await open('honest.example', '192.0.2.1'), SHOWN)
  await answered()
})

test('many senders with many silent sites do not keep out a site that answered before', async () => {
  assert.equal(await open('honest.example', '192.0.2.1'), SHOWN)
  const { answered } = await holdFetches(SITES, (at) => `198.51.100.${at}`)
  assert.equal(await open('honest.example', '192.0.2.1'), SHOWN)
  assert.equal(await open('new.example', '192.0.2.1'), UNAVAILABLE, 'new sites have to wait')
  await answered()
})
