// SSRF by a client's metadata document: hosts that mean an internal address in some notation. The classification
// of addresses is tested in test/unit/outbound.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import {
  type DocumentServer,
  PUBLIC_ADDRESS,
  startDocumentServer,
} from '../support/document-server.ts'
import { buildAuthorization } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const REDIRECT = `https://${HOST}/callback`

/** What a stranger's DNS says. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  [HOST]: [PUBLIC_ADDRESS],
  'loopback.example': ['127.0.0.1'],
  'loopback-six.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'mapped-hex.example': ['::ffff:7f00:1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'six-to-four.example': ['2002:7f00:1::'],
  'teredo.example': ['2001:0:7f00:1::'],
  'unique-local.example': ['fd00::1'],
  'link-local-six.example': ['fe80::1'],
  'metadata.example': ['169.254.169.254'],
  'unspecified.example': ['0.0.0.0'],
  'shared.example': ['100.64.0.1'],
  'multicast.example': ['224.0.0.1'],
  'broadcast.example': ['255.255.255.255'],
  'benchmark.example': ['198.18.0.1'],
  'mixed.example': [PUBLIC_ADDRESS, '10.0.0.1'],
  'mixed-six.example': [PUBLIC_ADDRESS, 'fd00::1'],
}

/** What the resolver of the server's own network says about every other name. */
const INTERNAL = ['127.0.0.1']

let web: DocumentServer
let server: TestServer
before(async () => {
  web = await startDocumentServer(Object.keys(ANSWERS))
  for (const host of Object.keys(ANSWERS)) publish(`https://${host}/client.json`)
  server = await startTestServer({
    overrides: {
      outbound: {
        ...web.outbound,
        resolve: async (host) =>
          (ANSWERS[host] ?? INTERNAL).map((address) => ({
            address,
            family: address.includes(':') ? 6 : 4,
          })),
      },
    },
  })
})
after(async () => {
  await server.close()
  await web.close()
})

function publish(client_id: string, members: object = {}): string {
  web.publish(client_id, {
    body: {
      client_id,
      client_name: 'Documented',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      ...members,
    },
  })
  return client_id
}

async function open(client_id: string): Promise<string> {
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri: REDIRECT })
  const outcome = outcomeOf(await send(url, { headers: { accept: 'text/html' } }))
  const reached = web.targets
    .flatMap(({ addresses }) => addresses)
    .filter(({ address }) => address !== PUBLIC_ADDRESS)
  assert.deepEqual(reached, [], 'no connection to an internal address')
  return outcome
}

testAttacks<string>({
  guarantee: 'a document whose host is internal is not fetched',
  run: (host) => open(`https://${host}/client.json`),
  honest: HOST,
  control: '303 same origin',
  refusal: '400 page',
  attacks: {
    ...Object.fromEntries(
      Object.entries(ANSWERS)
        .filter(([host]) => host !== HOST)
        .map(([host, addresses]) => [`DNS says ${addresses.join(', ')}`, host]),
    ),
    'a loopback address with a port': '127.0.0.1:8443',
    'a decimal address': '2130706433',
    'an octal address': '0177.0.0.1',
    'a short address': '127.1',
    'a mapped address': '[::ffff:169.254.169.254]',
    'an address in full-width digits': '１２７.0.0.1',
    'an address with ideographic dots': '127。0。0。1',
    'circled digits': '①②⑦.⓪.⓪.①',
    localhost: 'localhost',
    'localhost with a trailing dot': 'localhost.',
    'a name below localhost': 'x.localhost',
    'a name without a dot': 'redis',
    'the name of the metadata service': 'metadata',
    'the user name of an internal host': `${HOST}@127.0.0.1`,
    'a zone': '[fe80::1%25eth0]',
  },
})

testAttacks<Record<string, unknown>>({
  guarantee: 'nothing that a document names is fetched while the page is shown',
  run: async (members) => {
    const id = publish(`https://${HOST}/${randomUUID()}.json`, members)
    const before = web.requests.length
    const outcome = await open(id)
    return `${outcome}, ${web.requests.length - before} request`
  },
  honest: {},
  control: '303 same origin, 1 request',
  refusal: '303 same origin, 1 request',
  attacks: {
    'a logo': { logo_uri: 'https://metadata.example/latest/meta-data' },
    'links of the operator': {
      client_uri: 'https://loopback.example/',
      tos_uri: 'https://loopback.example/',
    },
    'a sector identifier': { sector_identifier_uri: 'https://loopback.example/sector.json' },
    'request objects': { request_uris: ['https://loopback.example/request.jwt'] },
    'logout addresses': { backchannel_logout_uri: 'https://loopback.example/logout' },
  },
})

test('a document cannot make itself another client', async () => {
  const victim = `https://${HOST}/client.json`
  const attackers = `https://${HOST}/stolen.json`
  web.publish(attackers, {
    body: { client_id: victim, client_name: 'Evil', redirect_uris: ['https://evil.example/cb'] },
  })
  assert.equal(await open(attackers), '400 page')
  assert.equal(await open(victim), '303 same origin', 'control: the genuine document')
  const { url } = buildAuthorization(
    server.issuer,
    { client_id: victim },
    { redirect_uri: 'https://evil.example/cb' },
  )
  assert.equal(outcomeOf(await send(url, { headers: { accept: 'text/html' } })), '400 page')
})
