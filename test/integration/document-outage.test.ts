// A server that reaches no host of a client's document: what the operator reads in the log, and the person
// on the page.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { PUBLIC_ADDRESS, startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, REDIRECT_URI } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const WITHOUT =
  'or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead'
const BEGINS = {
  resolve: `cannot resolve the hosts of client documents: set HTTPS_PROXY, ${WITHOUT}`,
  connect: `cannot connect to the hosts of client documents: set HTTPS_PROXY, ${WITHOUT}`,
}
const ENDED = 'the hosts of client documents can be reached again'

interface LogLine {
  readonly level: string
  readonly msg: string
  readonly host?: string
  readonly err?: { readonly cause?: { readonly code?: string } }
}

async function start(t: TestContext) {
  const hosts = ['a.example', 'b.example', 'c.example', 'd.example']
  const web = await startDocumentServer(hosts)
  t.after(web.close)
  const network = { hasDns: true, isRouted: true, address: PUBLIC_ADDRESS }
  const unknown = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
  const server = await startTestServer({
    overrides: {
      outbound: {
        resolve: async () => {
          if (!network.hasDns) throw unknown
          return [{ address: network.address, family: 4 }]
        },
        connect: (target) => {
          const connection = web.outbound.connect(target)
          return network.isRouted ? connection : connection.destroy(new Error('no route'))
        },
      },
    },
  })
  t.after(server.close)
  let published = 0
  return {
    network,
    server,
    hosts,
    /** Begins a sign-in of a client whose document nobody has asked for yet. */
    open(host: string, options: { language?: string; status?: number } = {}) {
      published += 1
      const client_id = `https://${host}/${published}.json`
      const body = { client_id, client_name: 'Documented', redirect_uris: [REDIRECT_URI] }
      web.publish(client_id, { status: options.status ?? 200, body })
      const { url } = buildAuthorization(server.issuer, { client_id })
      const { language = 'en' } = options
      return send(url, { headers: { accept: 'text/html', 'accept-language': language } })
    },
    outages: () =>
      server.logLines
        .map((line): LogLine => JSON.parse(line))
        .filter(({ msg }) => [...Object.values(BEGINS), ENDED].includes(msg)),
  }
}

test('a server without DNS logs once what to do, and once that documents can be fetched again', async (t) => {
  const { network, hosts, open, outages } = await start(t)
  network.hasDns = false
  await open('a.example')
  await open('b.example')
  assert.deepEqual(outages(), [], 'two hosts may be dead')
  for (const host of hosts.slice(2)) await open(host)
  const [begin, ...more] = outages()
  assert.deepEqual(more, [])
  assert.deepEqual([begin?.level, begin?.msg, begin?.host], ['warn', BEGINS.resolve, 'c.example'])
  assert.equal(begin?.err?.cause?.code, 'ENOTFOUND')
  network.hasDns = true
  for (const host of hosts) assert.equal((await open(host)).status, 303)
  const [end, ...later] = outages().slice(1)
  assert.deepEqual([end?.level, end?.msg, later], ['info', ENDED, []])
})

test('a server whose connections fail logs once what to do', async (t) => {
  const { network, hosts, open, outages } = await start(t)
  network.isRouted = false
  for (const host of hosts) await open(host)
  assert.deepEqual(
    outages().map(({ msg }) => msg),
    [BEGINS.connect],
  )
})

test('hosts that answer with an error, or have a private address, are no outage', async (t) => {
  const { network, hosts, open, outages } = await start(t)
  for (const host of hosts) assert.equal((await open(host, { status: 500 })).status, 503)
  network.hasDns = false
  for (const host of hosts.slice(0, 2)) await open(host)
  assert.deepEqual(outages(), [], 'two failures since the last answer')
  network.hasDns = true
  network.address = '10.0.0.1'
  for (const host of hosts) assert.equal((await open(host)).status, 400)
  assert.deepEqual(outages(), [])
})

test('the page sends people to the operator of this server, who can let clients register instead', async (t) => {
  const { network, server, open } = await start(t)
  for (const change of [{ hasDns: false }, { hasDns: true, isRouted: false }]) {
    Object.assign(network, change)
    const page = await open('a.example')
    assertErrorPage(page, server)
    assert.match(page.body, /tell the people who run this server/)
    assert.match(page.body, /They can let apps register instead/)
    assert.doesNotMatch(page.body, /developers|makers/)
    const german = await open('a.example', { language: 'de' })
    assert.match(german.body, /Sie können Apps auch erlauben, sich zu registrieren/)
    const spanish = await open('a.example', { language: 'es' })
    assert.match(spanish.body, /También pueden permitir que las aplicaciones se registren/)
  }
})
