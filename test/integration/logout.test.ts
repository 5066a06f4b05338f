// OpenID Connect RP-Initiated Logout 1.0.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { isSignedIn, openAccount } from '../support/account.ts'
import { openClientStage } from '../support/client-stage.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { type Client, obtainTokens, REDIRECT_URI, refresh, register } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'

const AFTER = 'https://portal.example.com/bye?from=here'
const LOCAL = 'http://127.0.0.1:33418/bye'
const DOCUMENT = 'https://client.example/metadata.json'
const web = await startDocumentServer(['client.example'])
after(() => web.close())
const { server, client } = await openClientStage({
  overrides: { outbound: web.outbound },
  file: {
    clients: [
      {
        client_id: 'portal',
        client_name: 'Portal',
        redirect_uris: [REDIRECT_URI],
        post_logout_redirect_uris: [AFTER],
      },
    ],
  },
  metadata: { client_name: 'Stranger', post_logout_redirect_uris: [AFTER, LOCAL] },
})
const { issuer } = server
const PORTAL: Client = { client_id: 'portal' }

type Parameters = Record<string, string | undefined>

const isAfter = (url: URL) => !url.href.startsWith(issuer)

function logoutUrl(parameters: Parameters): string {
  const url = new URL(`${issuer}/logout`)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}

const ask = (agent: UserAgent, parameters: Parameters) =>
  agent.open(logoutUrl(parameters), { until: isAfter })

async function signIn(of: Client = PORTAL) {
  const agent = createUserAgent()
  const parameters = { scope: 'openid' }
  const { body } = await obtainTokens(issuer, of, { agent, parameters })
  return { agent, idToken: String(body['id_token']), tokens: body }
}

test('L1: the metadata names the endpoint', async () => {
  const answer = await send(`${issuer}/.well-known/openid-configuration`)
  assert.equal(jsonOf(answer)['end_session_endpoint'], `${issuer}/logout`)
})

test('L3 L4: the person confirms, is signed out, and goes back to the client with its state', async () => {
  const { agent, idToken, tokens } = await signIn()
  const page = await ask(agent, {
    id_token_hint: idToken,
    post_logout_redirect_uri: AFTER,
    state: 'a b&c',
  })
  assert.equal(page.status, 200)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(page.body, /signed in as <strong><bdi>Ada Byron/)
  assert.match(page.body, /<bdi class="client">Portal<\/bdi>/)
  assert.match(page.body, /registered by your administrator<\/span> asks you to sign out/)
  assert.match(page.body, /You’ll return to <strong>.*portal\.example\.com/)
  assert.ok(isSignedIn(await openAccount(server, agent)), 'the page alone signs nobody out')
  const answer = await agent.submit(page, { button: 'Sign out', until: isAfter })
  assert.equal(answer.url, `${AFTER}&state=a+b%26c`)
  assert.ok(!isSignedIn(await openAccount(server, agent)))
  const kept = await refresh(issuer, PORTAL, tokens['refresh_token'])
  assert.equal(kept.status, 200, 'the grant of the client stays')
})

test('a person who stays signed in is', async () => {
  const { agent, idToken } = await signIn()
  const page = await ask(agent, { id_token_hint: idToken, post_logout_redirect_uri: AFTER })
  assert.match(page.body, /<a [^>]*href="\/account">Stay signed in<\/a>/)
  assert.ok(isSignedIn(await openAccount(server, agent)))
})

test('a request without parameters asks too, and ends at a page of ours', async () => {
  const { agent } = await signIn()
  const page = await ask(agent, {})
  assert.doesNotMatch(page.body, /asks you to sign out|You’ll return/)
  const answer = await agent.submit(page, { button: 'Sign out', until: isAfter })
  assert.equal(answer.url, `${issuer}/account?done=signed-out`)
})

test('client_id alone names the client, and without a state none is added', async () => {
  const { agent } = await signIn()
  const page = await ask(agent, { client_id: 'portal', post_logout_redirect_uri: AFTER })
  const answer = await agent.submit(page, { button: 'Sign out', until: isAfter })
  assert.equal(answer.url, AFTER)
})

test('L1: POST does the same as GET', async () => {
  const body = new URLSearchParams({ client_id: 'portal', post_logout_redirect_uri: AFTER })
  const answer = await send(`${issuer}/logout`, { body })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('location'), `/logout?${body}`)
})

test('nobody is signed in: the browser goes on to a client that the operator vouches for', async () => {
  const page = await ask(createUserAgent(), {
    client_id: 'portal',
    post_logout_redirect_uri: AFTER,
    state: 's',
  })
  assert.equal(page.url, `${AFTER}&state=s`)
})

test('nobody is signed in: a person reads where a registered client would send them, and decides', async () => {
  const parameters = { client_id: client.client_id, post_logout_redirect_uri: AFTER }
  const page = await ask(createUserAgent(), parameters)
  assert.equal(page.status, 200)
  assert.match(page.body, /Continue to portal\.example\.com/)
  assert.match(page.body, /has not been verified/)
  const local = await ask(createUserAgent(), { ...parameters, post_logout_redirect_uri: LOCAL })
  assert.equal(local.url, LOCAL, 'an address on this device leads to no site')
})

test('L6: a registration keeps the acceptable addresses, and its response names them', async () => {
  const uris = [AFTER, LOCAL, `${issuer}/account`, 'javascript:alert(1)', 'http://evil.example/', 7]
  const registered: Record<string, unknown> = {
    ...(await register(issuer, { post_logout_redirect_uris: uris })),
  }
  assert.deepEqual(registered['post_logout_redirect_uris'], [AFTER, LOCAL])
  const without: Record<string, unknown> = { ...(await register(issuer)) }
  assert.ok(!('post_logout_redirect_uris' in without))
})

/** Signs in, follows the request, presses the button, and returns where the browser ends. */
async function endOf(parameters: Parameters, of: Client = PORTAL): Promise<string> {
  const { agent } = await signIn(of)
  const page = await ask(agent, parameters)
  assert.equal(page.status, 200)
  const answer = await agent.submit(page, { button: 'Sign out', until: isAfter })
  assert.ok(!isSignedIn(await openAccount(server, agent)))
  return answer.url
}

const OURS = `${issuer}/account?done=signed-out`
const fromPortal = (await signIn()).idToken
const fromStranger = (await signIn(client)).idToken
const [head = '', , signature = ''] = fromPortal.split('.')
const forged = Buffer.from(JSON.stringify({ iss: issuer, aud: 'portal', sub: 'x' }))

test('control of the redirects: both clients lead to their own addresses', async () => {
  const parameters = { post_logout_redirect_uri: AFTER }
  assert.equal(await endOf({ ...parameters, id_token_hint: fromPortal }), AFTER)
  assert.equal(await endOf({ ...parameters, id_token_hint: fromStranger }), AFTER)
  const local = { id_token_hint: fromStranger, post_logout_redirect_uri: LOCAL }
  assert.equal(await endOf(local), LOCAL)
  const port = LOCAL.replace('33418', '50123')
  assert.equal(await endOf({ ...local, post_logout_redirect_uri: port }), port, 'RFC 8252 §7.3')
})

const redirects: Readonly<Record<string, Parameters>> = {
  'an address that nobody registered': { id_token_hint: fromPortal, to: 'https://evil.example/' },
  "another client's address": { id_token_hint: fromPortal, to: LOCAL },
  'more behind the address': { id_token_hint: fromPortal, to: `${AFTER}&next=x` },
  'a fragment': { id_token_hint: fromPortal, to: `${AFTER}#x` },
  'other case': { id_token_hint: fromPortal, to: AFTER.replace('bye', 'Bye') },
  'a script': { id_token_hint: fromPortal, to: 'javascript:alert(1)' },
  'a path of ours': { id_token_hint: fromPortal, to: `${issuer}/account` },
  'two slashes': { id_token_hint: fromPortal, to: '//evil.example' },
  'no client': { to: AFTER },
  'an unknown client': { client_id: 'nobody', to: AFTER },
  'a document that nobody has used': { client_id: 'https://evil.example/client', to: AFTER },
  'a hint for another client than client_id': {
    id_token_hint: fromStranger,
    client_id: 'portal',
    to: AFTER,
  },
  'a hint with a broken signature': {
    id_token_hint: `${fromPortal.slice(0, -6)}AAAAAA`,
    to: AFTER,
  },
  'a hint with claims of a stranger': {
    id_token_hint: `${head}.${forged.toString('base64url')}.${signature}`,
    to: AFTER,
  },
  'a hint without a signature': {
    id_token_hint: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged.toString('base64url')}.`,
    to: AFTER,
  },
  'a hint that is no token': { id_token_hint: 'x', client_id: 'portal', to: AFTER },
}

for (const [what, { to, ...parameters }] of Object.entries(redirects)) {
  test(`L5: no open redirect: ${what}: the person is signed out, and stays with us`, async () => {
    assert.equal(await endOf({ ...parameters, post_logout_redirect_uri: to }), OURS)
    const signedOut = await ask(createUserAgent(), { ...parameters, post_logout_redirect_uri: to })
    assert.equal(signedOut.status, 200)
    assert.doesNotMatch(signedOut.body, /evil|Continue to/)
  })
}

test('an access token is no hint', async () => {
  const { agent, tokens } = await signIn()
  const hint = String(tokens['access_token'])
  const page = await ask(agent, { id_token_hint: hint, post_logout_redirect_uri: AFTER })
  assert.doesNotMatch(page.body, /portal\.example/)
})

test('a client by document is known once somebody has used it, and the pages fetch nothing of it', async () => {
  const document = {
    client_id: DOCUMENT,
    client_name: 'Documented',
    logo_uri: 'https://client.example/logo.png',
    redirect_uris: [REDIRECT_URI],
    post_logout_redirect_uris: [AFTER, `${issuer}/account`],
  }
  web.publish(DOCUMENT, { body: document })
  const parameters = { client_id: DOCUMENT, post_logout_redirect_uri: AFTER }
  assert.equal(await endOf(parameters), OURS)
  assert.equal(web.count(DOCUMENT), 0)
  assert.equal(await endOf(parameters, { client_id: DOCUMENT }), AFTER)
  assert.equal(web.count(DOCUMENT), 1, 'by the sign-in')
  const { agent } = await signIn({ client_id: DOCUMENT })
  const page = await openAccount(server, agent)
  assert.match(page.body, /<bdi class="client">Documented<\/bdi>/)
  assert.match(page.body, /class="address">client\.example</)
  assert.deepEqual([...new Set(web.requests)], [DOCUMENT], 'no logo either')
  const toUs = { ...parameters, post_logout_redirect_uri: `${issuer}/account` }
  assert.equal(await endOf(toUs), OURS, 'the redirect policy holds for documents too')
})

test('the log says why a redirect was ignored, without the address', async () => {
  await ask(createUserAgent(), { client_id: 'portal', post_logout_redirect_uri: 'https://e.vil/' })
  const line = server.logLines.findLast((one) => one.includes('"route":"/logout"')) ?? ''
  assert.match(line, /post_logout_redirect_uri is not registered/)
  assert.doesNotMatch(server.logLines.join('\n'), /e\.vil/)
})
