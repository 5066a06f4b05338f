// SSRF by a client's metadata document: hosts that mean an internal address in some notation. The classification
// of addresses is tested in test/unit/outbound.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
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

/** The answers of a stranger's DNS. */
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

/** The answer of the resolver in the server's own network for every other name. */
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

/** The addresses that the documents below name. They are public, so that a fetch of one would reach the web. */
const NAMED = `https://${HOST}/named`
const countNamed = () => web.requests.filter((url) => url.startsWith(NAMED)).length

testAttacks<Record<string, unknown>>({
  guarantee: 'nothing that a document names is fetched while the page is shown',
  run: async (members) => {
    const client_id = publish(`https://${HOST}/${randomUUID()}.json`, members)
    const before = countNamed()
    const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri: REDIRECT })
    const page = await createUserAgent().open(url)
    return `${page.status} ${page.title}, ${web.count(client_id)} + ${countNamed() - before} requests`
  },
  honest: {},
  control: '200 Allow Documented?, 1 + 0 requests',
  refusal: '200 Allow Documented?, 1 + 0 requests',
  attacks: {
    'a logo': { logo_uri: `${NAMED}/logo.svg` },
    'links of the operator': {
      client_uri: `${NAMED}/`,
      tos_uri: `${NAMED}/tos`,
      policy_uri: `${NAMED}/policy`,
    },
    'a sector identifier': { sector_identifier_uri: `${NAMED}/sector.json` },
    'a sector identifier for pairwise subjects': {
      sector_identifier_uri: `${NAMED}/sector.json`,
      subject_type: 'pairwise',
    },
    'request objects': { request_uris: [`${NAMED}/request.jwt`] },
    'logout addresses': {
      backchannel_logout_uri: `${NAMED}/logout`,
      frontchannel_logout_uri: `${NAMED}/logout`,
      post_logout_redirect_uris: [`${NAMED}/logout`],
    },
    'an address that starts the sign-in': { initiate_login_uri: `${NAMED}/login` },
    'a statement about the software': { software_statement: `${NAMED}/statement` },
    keys: { jwks_uri: `${NAMED}/jwks` },
  },
})

test('control: a fetch of an address that a document names would be counted', async () => {
  const before = countNamed()
  assert.equal(await open(publish(`${NAMED}/client.json`)), '303 same origin')
  assert.equal(countNamed() - before, 1)
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
