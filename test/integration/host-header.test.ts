import assert from 'node:assert/strict'
import { IncomingMessage, request, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import Koa from 'koa'
import { CookieJar } from 'tough-cookie'
import { createFormRequest } from '../../scripts/dev/html-form.ts'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { canonicalOrigin } from '../../src/http/middleware/canonical-origin.ts'
import { ADA, buildAuthorization, isAnswer, REDIRECT_URI } from '../support/journey.ts'
import { type Answer, form, jsonOf, type SendOptions, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const EVIL = 'evil.example'
const FORGED = {
  host: EVIL,
  forwarded: `for=203.0.113.9;host=${EVIL};proto=https`,
  'x-forwarded-host': EVIL,
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '8443',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-prefix': `/${EVIL}`,
  'x-original-url': `https://${EVIL}/`,
}

/** A browser whose every request claims to be for another host. It keeps every response. */
function createHostileBrowser(issuer: string) {
  const cookies = new CookieJar(undefined, { allowSecureOnLocal: true })
  const answers: [request: string, answer: Answer][] = []
  return {
    answers,
    async send(path: string, sending: SendOptions = {}): Promise<Answer> {
      const url = new URL(path, issuer)
      const cookie = await cookies.getCookieString(url.href)
      const headers = { accept: 'text/html', ...(cookie && { cookie }), ...sending.headers }
      const answer = await send(url, { ...sending, headers: { ...headers, ...FORGED } })
      for (const line of answer.headers.getSetCookie()) await cookies.setCookie(line, url.href)
      answers.push([`${sending.method ?? ''} ${url.pathname}`, answer])
      return answer
    },
  }
}

const locationOf = (answer: Answer) => answer.headers.get('location') ?? ''

let plain: TestServer
let proxied: TestServer
before(async () => {
  plain = await startTestServer()
  proxied = await startTestServer({ env: { TRUSTED_PROXIES: 'loopback' } })
})
after(() => Promise.all([plain.close(), proxied.close()]))

/** A whole journey with forged headers on each request, except on those to the upstream. */
async function travel({ issuer }: TestServer) {
  const browser = createHostileBrowser(issuer)
  const registration = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' }
  const client = jsonOf(await browser.send('/register', { body: registration }))
  const client_id = String(client['client_id'])
  const { url, codeVerifier } = buildAuthorization(issuer, { client_id }, { scope: 'openid' })

  const consentPath = locationOf(await browser.send(url))
  const page = await browser.send(consentPath)
  const approval = createFormRequest({ url: issuer + consentPath, body: page.body }, /^Allow/, {})
  const upstreamUrl = locationOf(
    await browser.send(approval.url.pathname, { body: new URLSearchParams(approval.body) }),
  )
  const agent = createUserAgent()
  const callback = { until: isAnswer(`${issuer}/callback`) }
  const login = await agent.open(upstreamUrl, callback)
  const person = { button: { name: 'person', value: ADA }, ...callback }
  const resume = locationOf(await browser.send((await agent.submit(login, person)).url))
  const answer = new URL(locationOf(await browser.send(resume)))

  const redeeming = {
    grant_type: 'authorization_code',
    client_id,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: codeVerifier,
    redirect_uri: REDIRECT_URI,
  }
  const tokens = jsonOf(await browser.send('/token', { body: form(redeeming) }))
  const refresh_token = String(tokens['refresh_token'])
  const authorization = `Bearer ${tokens['access_token']}`
  const userinfo = await browser.send('/userinfo', { headers: { authorization } })
  const refreshing = form({ grant_type: 'refresh_token', client_id, refresh_token })
  const refreshed = await browser.send('/token', { body: refreshing })
  await browser.send('/revoke', { body: form({ client_id, token: refresh_token }) })
  return { browser, answer, tokens, userinfo, refreshed, upstreamUrl }
}

test('a whole journey with a forged host never shows that host, behind a trusted proxy or not', async () => {
  for (const server of [plain, proxied]) {
    const { browser, answer, tokens, userinfo, refreshed, upstreamUrl } = await travel(server)
    for (const [request, { raw }] of browser.answers) {
      assert.ok(!raw.includes(EVIL), `${request} holds the forged host:\n${raw}`)
    }
    const payload = String(tokens['access_token']).split('.')[1] ?? ''
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    assert.equal(claims.iss, server.issuer)
    assert.equal(answer.searchParams.get('iss'), server.issuer)
    assert.equal(new URL(upstreamUrl).searchParams.get('redirect_uri'), `${server.issuer}/callback`)
    assert.deepEqual([userinfo.status, refreshed.status], [200, 200])
  }
})

test('no endpoint, page or error shows a forged host', async () => {
  const paths = [
    ...['/', '/authorize', '/authorize/x', '/token', '/jwks', '/register', '/register/x'],
    ...['/userinfo', '/revoke', '/introspect', '/callback', '/callback?state=x&code=y'],
    ...['/interaction/x', '/interaction/x/approve', '/interaction/x/deny', '/session/end/confirm'],
    ...['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'],
    ...['/livez', '/readyz', '/nowhere', '//nowhere', '/authorize?client_id=unknown'],
  ]
  for (const server of [plain, proxied]) {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
        for (const accept of ['text/html', 'application/json']) {
          const headers = { accept, ...FORGED }
          const answer = await send(server.issuer + path, { method, headers })
          assert.ok(!answer.raw.includes(EVIL), `${method} ${path}:\n${answer.raw}`)
          assert.ok(answer.status < 500, `${method} ${path} answers ${answer.status}`)
        }
      }
    }
  }
})

test('the host of a request target in absolute form is ignored', async () => {
  const { hostname, port } = new URL(plain.issuer)
  const targets = ['/.well-known/openid-configuration', '/authorize?client_id=x', '/nowhere']
  for (const target of targets) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { hostname, port, path: `http://${EVIL}${target}`, headers: { host: EVIL } }
      request(options, resolve).on('error', reject).end()
    })
    const answer = [...response.rawHeaders, await text(response)].join('\n')
    assert.ok(!answer.includes(EVIL), `${target}:\n${answer}`)
    assert.ok((response.statusCode ?? 0) < 500, target)
  }
})

test('a forged https scheme neither makes cookies Secure nor causes HSTS', async () => {
  for (const server of [plain, proxied]) {
    const { browser } = await travel(server)
    const cookies = browser.answers.flatMap(([, { headers }]) => headers.getSetCookie())
    assert.ok(cookies.length >= 3)
    for (const cookie of cookies) assert.doesNotMatch(cookie, /; *secure|__Host-|__Secure-/i)
    for (const [, { headers }] of browser.answers) {
      assert.equal(headers.get('strict-transport-security'), null)
    }
  }
})

/** The address, host and protocol of a request from `remote` after canonicalOrigin. */
async function seenBehind(trustedProxies: string[], remote: string, headers: object) {
  const app = new Koa({ proxy: true })
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: remote })
  const incoming = Object.assign(new IncomingMessage(socket), { headers: { ...headers } })
  const ctx = app.createContext(incoming, new ServerResponse(incoming))
  const issuer = 'https://auth.example.com'
  await canonicalOrigin({ issuer, trustedProxies })(ctx, async () => {})
  return { ip: ctx.ip, host: ctx.host, protocol: ctx.protocol }
}

const OURS = { host: 'auth.example.com', protocol: 'https' }

test('X-Forwarded-* headers of an untrusted sender are ignored', async () => {
  for (const trusted of [[], ['10.0.0.0/8'], ['127.0.0.2']]) {
    const seen = await seenBehind(trusted, '127.0.0.1', FORGED)
    assert.deepEqual(seen, { ip: '127.0.0.1', ...OURS })
  }
})

test('TRUSTED_PROXIES decides only the client address', async () => {
  const forwarded = { ...FORGED, 'x-forwarded-proto': 'http' }
  const seen = await seenBehind(['loopback'], '127.0.0.1', forwarded)
  assert.deepEqual(seen, { ip: '203.0.113.9', ...OURS })

  const chain = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.7' }
  const behindTwo = await seenBehind(['loopback', '10.0.0.0/8'], '127.0.0.1', chain)
  assert.equal(behindTwo.ip, '203.0.113.9', 'the last address that is not a trusted proxy')
})

test('X-Forwarded-For may give ports, those of trusted proxies included', async () => {
  for (const [forwarded, ip] of [
    ['203.0.113.9:1000', '203.0.113.9'],
    ['[2001:db8::9]:1000', '2001:db8::9'],
    ['198.51.100.1:1, 203.0.113.9:1000,10.0.0.7:443', '203.0.113.9'],
  ] as const) {
    const headers = { 'x-forwarded-for': forwarded }
    const seen = await seenBehind(['loopback', '10.0.0.0/8'], '127.0.0.1', headers)
    assert.equal(seen.ip, ip, forwarded)
  }
})
