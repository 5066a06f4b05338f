// SSRF by a client's metadata document when a proxy is the way out. The server cannot know the address of a
// name, so the proxy is asked for public names only, and refuses those whose address is private.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { createTrustedCertificate } from '../support/certificate.ts'
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization, REDIRECT_URI } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example.com'
/** A public name with a private address, such as `127.0.0.1.nip.io`. */
const REBOUND = 'rebound.example.com'

/** All lead to one site, as if each were a service of the internal network. */
const INTERNAL = ['localhost', 'redis', 'metadata.google.internal', '169.254.169.254', '127.0.0.1']

let web: DocumentServer
let proxy: ConnectProxy
let server: TestServer
before(async () => {
  const certificate = createTrustedCertificate([HOST, REBOUND, ...INTERNAL])
  web = await startDocumentServer([HOST], certificate)
  // A proxy without rules of its own, except that it refuses private destinations.
  proxy = await startConnectProxy({ portOf: (host) => (host === REBOUND ? undefined : web.port) })
  server = await startTestServer({ env: { HTTPS_PROXY: proxy.url } })
})
after(async () => {
  await server.close()
  await proxy.close()
  await web.close()
})

async function open(host: string): Promise<string> {
  const client_id = `https://${host}/client.json`
  web.publish(client_id, {
    body: { client_id, client_name: 'Documented', redirect_uris: [REDIRECT_URI] },
  })
  const { url } = buildAuthorization(server.issuer, { client_id })
  const outcome = outcomeOf(await send(url, { headers: { accept: 'text/html' } }))
  assert.deepEqual(new Set(web.requests), new Set([`https://${HOST}/client.json`]))
  return outcome
}

testAttacks<string>({
  guarantee: 'a document whose name is not public is not asked for at the proxy',
  async run(host) {
    const outcome = await open(host)
    assert.deepEqual(new Set(proxy.targets), new Set([`${HOST}:443`]))
    return outcome
  },
  honest: HOST,
  control: '303 same origin',
  refusal: '400 page',
  attacks: {
    localhost: 'localhost',
    'localhost with a trailing dot': 'localhost.',
    'a name below localhost': 'x.localhost',
    'a name without a dot': 'redis',
    'the name of the metadata service': 'metadata.google.internal',
    'a name of the cluster': 'redis.default.svc',
    'a name of the local network': 'printer.local',
    'a loopback address with a port': '127.0.0.1:8443',
    'the address of the metadata service': '169.254.169.254',
    'a decimal address': '2130706433',
    'an octal address': '0177.0.0.1',
    'a mapped address': '[::ffff:169.254.169.254]',
    'a public address': '8.8.8.8',
    'an address in full-width digits': '１２７.0.0.1',
    'the user name of an internal host': `${HOST}@127.0.0.1`,
  },
})

testAttacks<string>({
  guarantee: 'a public name with a private address is left to the proxy, whose refusal counts',
  run: open,
  honest: HOST,
  control: '303 same origin',
  refusal: '503 page',
  attacks: { 'a public name with a private address': REBOUND },
})
