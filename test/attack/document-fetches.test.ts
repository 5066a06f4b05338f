// Senders who make the server fetch documents that never arrive, to keep the documents of others out. Each attack ends
// with the control: the document of somebody else, which must be fetched meanwhile.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SITE = 'honest.example'
const REDIRECT = `https://${SITE}/callback`
const HOSTS = Array.from({ length: 8 }, (_, at) => `host-${at}`)
const SUBDOMAINS = HOSTS.map((host) => `${host}.${SITE}`)
const OTHER_SITES = HOSTS.map((host) => `${host}.example`)
const ATTACKER = '198.51.100.1'
const SOMEBODY = '192.0.2.1'
const SHOWN = 303

let web: DocumentServer
let server: TestServer
let now: number
let silent: ServerResponse[]
before(async () => {
  web = await startDocumentServer([SITE, ...SUBDOMAINS, ...OTHER_SITES])
})
after(() => web.close())
beforeEach(async () => {
  now = Date.now()
  silent = []
  server = await startTestServer({
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    overrides: { outbound: web.outbound, now: () => now },
  })
})
afterEach(() => {
  for (const response of silent) response.destroy()
  return server.close()
})

const holdResponse = (_request: unknown, response: ServerResponse) => void silent.push(response)

let count = 0

/** A new client by document. */
function publish(host: string, headers: Record<string, string> = {}): string {
  count += 1
  const client_id = `https://${host}/client-${count}.json`
  const body = { client_id, client_name: 'Client', redirect_uris: [REDIRECT] }
  web.publish(client_id, { headers, body })
  return client_id
}

const silence = (client_id: string) => web.publish(client_id, holdResponse)

function open(client_id: string, address: string) {
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri: REDIRECT })
  return send(url, { headers: { accept: 'text/html', 'x-forwarded-for': address } })
}

const statusOf = async (client_id: string, address: string) =>
  (await open(client_id, address)).status

/** Waits until each request is answered or waits for a silent host; returns how many wait. */
async function settle(requests: readonly Promise<unknown>[]): Promise<number> {
  let answered = 0
  for (const request of requests) request.finally(() => (answered += 1)).catch(() => {})
  while (answered + silent.length < requests.length) await sleep(5)
  return silent.length
}

async function release(requests: readonly Promise<unknown>[]): Promise<void> {
  for (const response of silent) response.writeHead(404).end()
  await Promise.all(requests)
}

/** Begins clients by silent documents, one of each host. */
function holdDocuments(hosts: readonly string[], addressOf: (at: number) => string) {
  return hosts.map((host, at) => {
    const client_id = publish(host)
    silence(client_id)
    return statusOf(client_id, addressOf(at))
  })
}

test('a port of a site that drops packets keeps nobody out of that site', async () => {
  const connections = web.targets.length
  const ports = HOSTS.map((_, at) => `${SITE}:${81 + at}`)
  assert.deepEqual(new Set(await Promise.all(holdDocuments(ports, () => ATTACKER))), new Set([400]))
  assert.equal(web.targets.length, connections)
  assert.equal(await statusOf(publish(SITE), SOMEBODY), SHOWN)
})

test('one sender with silent subdomains keeps nobody out of a site that is new', async () => {
  const held = holdDocuments(SUBDOMAINS, () => ATTACKER)
  assert.equal(await settle(held), 3)
  assert.equal(await statusOf(publish(SITE), SOMEBODY), SHOWN)
  await release(held)
})

test('many senders with silent subdomains keep nobody out of a site that answered', async () => {
  assert.equal(await statusOf(publish(SITE), SOMEBODY), SHOWN)
  const held = holdDocuments(SUBDOMAINS, (at) => `198.51.100.${at}`)
  assert.equal(await settle(held), 8)
  assert.equal(await statusOf(publish('host-0.honest.example'), '192.0.2.9'), 503, 'a new origin')
  assert.equal(await statusOf(publish(SITE), SOMEBODY), SHOWN)
  await release(held)
})

/** Opens a client's consent page. Returns how to open it again. */
async function beginInteraction(client_id: string, address: string) {
  const begun = await open(client_id, address)
  assert.equal(begun.status, SHOWN)
  const url = new URL(begun.headers.get('location') ?? '', server.issuer)
  const cookies = begun.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  const headers = { cookie: cookies.join('; '), accept: 'text/html', 'x-forwarded-for': address }
  return async () => (await send(url, { headers })).status
}

test('consent pages of one sender cause no more fetches at a time than any other request', async () => {
  const ids = Array.from({ length: 24 }, (_, at) => publish(OTHER_SITES[at % 8] ?? ''))
  const pages = await Promise.all(ids.map((id) => beginInteraction(id, ATTACKER)))
  const own = publish(SITE)
  const page = await beginInteraction(own, SOMEBODY)
  // The documents are stale: each page shows its copy, and the server fetches the new one in the background.
  now += 61_000
  ids.forEach(silence)
  const shown = await Promise.all(pages.map((show) => show()))
  assert.deepEqual(new Set(shown), new Set([200]))
  assert.equal(await page(), 200)
  for (let tries = 0; tries < 200 && web.count(own) < 2; tries += 1) await sleep(5)
  assert.equal(web.count(own), 2, 'fetched again for somebody else')
  await sleep(50)
  assert.equal(silent.length, 8)
})
