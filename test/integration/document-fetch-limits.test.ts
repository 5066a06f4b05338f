// The budget for fetching what clients publish.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { mockClock } from '../support/clock.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { authorize, buildAuthorization, REDIRECT_URI, redeem, refresh } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { push } from '../support/par.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const HOST = 'client.example'
const OTHER_HOST = 'other.example'
const MISSING_HOST = 'missing.example'
const HOUR_SECONDS = 3600
const clientIdOf = (name: string, host = HOST) => `https://${host}/${name}.json`
const from = (address: string) => ({ 'x-forwarded-for': address })

async function start(t: TestContext, limit: { perAddress: number; total: number }) {
  const web = await startDocumentServer([HOST, OTHER_HOST, MISSING_HOST])
  t.after(web.close)
  const ids = ['a', 'b', 'c'].map((name) => clientIdOf(name))
  for (const client_id of [...ids, clientIdOf('a', OTHER_HOST), clientIdOf('b', OTHER_HOST)]) {
    web.publish(client_id, {
      headers: { 'cache-control': 'max-age=60' },
      body: { client_id, client_name: 'Documented', redirect_uris: [REDIRECT_URI] },
    })
  }
  // After the certificate: the clock of each test begins at the present.
  const clock = mockClock()
  t.after(clock.restore)
  const failure = { perClientAndAddress: 1, seconds: 60 }
  const limits = { ...AMPLE_LIMITS, failure, documentFetch: { ...limit, seconds: HOUR_SECONDS } }
  const server = await startTestServer({
    env: { TRUSTED_PROXIES: 'loopback' },
    file: { limits },
    overrides: { outbound: web.outbound },
  })
  t.after(server.close)
  return { web, clock, issuer: server.issuer }
}

test('an address that begins too many fetches is refused, and cached documents are used', async (t) => {
  const { web, clock, issuer } = await start(t, { perAddress: 2, total: 100 })
  const open = (name: string, address: string) =>
    send(buildAuthorization(issuer, { client_id: clientIdOf(name) }).url, {
      headers: { ...from(address), accept: 'text/html' },
    })
  assert.equal((await open('a', '192.0.2.1')).status, 303)
  assert.equal((await open('b', '192.0.2.1')).status, 303)
  const refused = await open('c', '192.0.2.1')
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), String(HOUR_SECONDS))
  assert.match(refused.body, /Too many requests/)
  assert.equal(web.count(clientIdOf('c')), 0)
  // Fresh, then stale.
  assert.equal((await open('a', '192.0.2.1')).status, 303)
  clock.advance(120)
  assert.equal((await open('a', '192.0.2.1')).status, 303)
  assert.equal(web.count(clientIdOf('a')), 1)
  assert.equal((await open('c', '192.0.2.2')).status, 303)
  clock.advance(HOUR_SECONDS)
  assert.equal((await open('a', '192.0.2.1')).status, 303)
  assert.equal(web.count(clientIdOf('a')), 2)
})

test('fetches of one site, and of new sites, spend no total of a site that has answered', async (t) => {
  const { issuer } = await start(t, { perAddress: 1000, total: 3 })
  const open = async (name: string, host: string) => {
    const { url } = buildAuthorization(issuer, { client_id: clientIdOf(name, host) })
    return (await send(url, { headers: { accept: 'text/html' } })).status
  }
  assert.equal(await open('a', HOST), 303)
  assert.equal(await open('a', OTHER_HOST), 303)
  assert.equal(await open('x', MISSING_HOST), 400)
  assert.equal(await open('y', MISSING_HOST), 429, 'new sites have spent their total')
  assert.equal(await open('b', HOST), 303, 'a new document of a site that answered')
  for (const name of ['x', 'y']) assert.equal(await open(name, HOST), 400)
  assert.equal(await open('c', HOST), 429, 'that site has spent its total')
  assert.equal(await open('b', OTHER_HOST), 303)
})

test('beyond the total nobody begins a fetch, and a refresh goes on', async (t) => {
  const { clock, issuer } = await start(t, { perAddress: 100, total: 1 })
  const documented = { client_id: clientIdOf('a') }
  const authorization = buildAuthorization(issuer, documented)
  const answer = await authorize(authorization)
  const { codeVerifier } = authorization
  const first = await redeem(issuer, documented, { answer, codeVerifier })
  const ask = (name: string, address: string) =>
    push(issuer, buildAuthorization(issuer, { client_id: clientIdOf(name) }), undefined, {
      headers: from(address),
    })
  assert.equal((await ask('b', '192.0.2.1')).status, 201)
  // A refusal is not a failure, whose limit would give another Retry-After.
  for (let n = 0; n < 3; n += 1) await ask('c', '192.0.2.2')
  const refused = await ask('c', '192.0.2.2')
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), String(HOUR_SECONDS))
  assert.equal(jsonOf(refused)['error'], 'too_many_requests')
  clock.advance(120)
  const second = await refresh(issuer, documented, first.body['refresh_token'])
  assert.equal(second.status, 200)
})
