// Open redirects: addresses that a parser and a browser read differently, and paths of this server that could
// lead elsewhere. The plain cases are in test/integration/redirect-uris.test.ts.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import { buildAuthorization } from '../support/journey.ts'
import { send } from '../support/send.ts'

const REGISTERED = 'https://app.example/cb'

const { server, client } = await openClientStage({ metadata: { redirect_uris: [REGISTERED] } })

/** Addresses that look like the registered one, or reach another host. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  'a tab in the host': 'https://app.exa\tmple/cb',
  'a newline behind the address': `${REGISTERED}\n`,
  'a carriage return and a header': `${REGISTERED}\r\nX-Evil: 1`,
  'a leading space': ` ${REGISTERED}`,
  'a trailing space': `${REGISTERED} `,
  'user information that looks like the host': 'https://app.example@evil.example/cb',
  'an encoded slash before user information': 'https://app.example%2f@evil.example/cb',
  'an encoded at sign': 'https://app.example%40evil.example/cb',
  'a backslash': 'https://app.example\\.evil.example/cb',
  'a full-width dot': 'https://app．example/cb',
  'a soft hyphen': 'https://app\u00ad.example/cb',
  'a Cyrillic letter': 'https://аpp.example/cb',
  'a punycode lookalike': 'https://xn--pp-7lc.example/cb',
  'a trailing dot of the host': 'https://app.example./cb',
  'an encoded dot segment': 'https://app.example/x/%2e%2e/cb',
  'a path parameter': 'https://app.example/cb;x=1',
  'an encoded query': 'https://app.example/cb%3fx=1',
  'an encoded fragment': 'https://app.example/cb%23',
  'a scheme in upper case': 'HTTPS://app.example/cb',
  'no scheme': '//app.example/cb',
  'another scheme': 'http://app.example/cb',
  'a list of addresses': `${REGISTERED},https://evil.example/cb`,
  'two addresses': `${REGISTERED} https://evil.example/cb`,
  'a right-to-left override': `${REGISTERED}\u202e`,
}

testAttacks<string>({
  guarantee: 'a lookalike of a registered address gets no redirect',
  run: async (redirect_uri) => {
    const { url } = buildAuthorization(server.issuer, client, { redirect_uri })
    return outcomeOf(await send(url, { headers: { accept: 'text/html' } }))
  },
  honest: REGISTERED,
  control: '303 same origin',
  refusal: '400 page',
  attacks: LOOKALIKES,
})

/** Addresses at this server: the port of a test server is known only when it runs. */
const OWN = 'http://own.invalid'

testAttacks<string>({
  guarantee: 'an address that a browser would read differently, or our own, cannot be registered',
  run: async (address) => {
    const uri = address.replace(OWN, server.issuer)
    const body = { redirect_uris: [uri], token_endpoint_auth_method: 'none' }
    return outcomeOf(await send(`${server.issuer}/register`, { body }))
  },
  honest: REGISTERED,
  control: '201',
  refusal: '400 invalid_redirect_uri',
  attacks: {
    'a mapped loopback address': 'http://[::ffff:127.0.0.1]/cb',
    'the unspecified address': 'http://[::]/cb',
    'a loopback name with user information': 'http://localhost@evil.example/cb',
    'a loopback name with a trailing dot': 'http://localhost./cb',
    'a name below localhost': 'http://evil.localhost/cb',
    'a loopback port that is too high': 'http://localhost:99999/cb',
    'a tab in the scheme': 'java\tscript:alert(1)',
    'a newline in the scheme': 'java\nscript:alert(1)',
    'a control character before the scheme': '\u0001javascript:alert(1)',
    'view-source': 'view-source:https://app.example/cb',
    'a web intent': 'intent://app.example/#Intent;scheme=https;end',
    'a file system URL': 'filesystem:https://app.example/x',
    'about:blank': 'about:blank',
    'a data URL in mixed case': 'DaTa:text/html,x',
    ws: 'ws://localhost/cb',
    'a newline in the path': 'https://app.example/c\nb',
    'a user name': 'https://app.example@evil.example/cb',
    'a password': 'https://:app.example@evil.example/cb',
    'a user name of a loopback host': 'http://app.example@127.0.0.1/cb',
    'our own consent page': `${OWN}/interaction/x/approve`,
    'our own callback': `${OWN}/callback`,
    'our own resume URL': `${OWN}/authorize/x`,
  },
})

/** Sends the request target as it is: clients would normalise it. */
async function sendTarget(target: string): Promise<string> {
  const { hostname, port, host } = new URL(server.issuer)
  const socket = connect(Number(port), hostname)
  socket.end(
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
  )
  return text(socket)
}

const TARGETS: Readonly<Record<string, string>> = {
  'a path that begins with two slashes': '//evil.example/',
  'two slashes before a route': '//evil.example/authorize',
  'a backslash': '/\\evil.example/',
  'dot segments': '/..//evil.example/%2e%2e',
  'an encoded slash': '/%2f%2fevil.example/',
  'an address as the path': '/https://evil.example/',
  'an absolute target': 'http://evil.example/interaction/x',
  'an encoded newline and a header': '/x%0d%0aLocation:%20https://evil.example',
  'a trailing slash behind a host': '//evil.example/..;/',
  'a callback with an address':
    '/callback?redirect_uri=https://evil.example&returnTo=https://evil.example',
  'an interaction with an address': '/interaction/x?returnTo=https://evil.example',
  'an interaction uid with a path': '/interaction/..%2f..%2fevil.example',
  'a resume uid with an address': '/authorize/%2f%2fevil.example',
}

for (const [what, target] of Object.entries(TARGETS)) {
  test(`no path of this server leads to another host: ${what}`, async () => {
    const answer = await sendTarget(target)
    assert.match(answer, /^HTTP\/1\.1 4\d\d /)
    assert.doesNotMatch(answer, /^(location|refresh):/im)
  })
}

test('control: a raw request target is answered', async () => {
  assert.match(await sendTarget('/livez'), /^HTTP\/1\.1 200 /)
})
