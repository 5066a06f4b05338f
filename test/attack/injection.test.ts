// Text of strangers in pages, headers and the log: it stays text.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { outcomeOf } from '../support/attack.ts'
import { buildAuthorization, logIn, REDIRECT_URI, register } from '../support/journey.ts'
import { form, type SendOptions, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const MARKUP: Readonly<Record<string, string>> = {
  'a script': '<script>alert(1)</script>',
  'an attribute': '" onmouseover="alert(1)',
  'an attribute with single quotes': "' autofocus onfocus=alert(1) x='",
  'an end of the element': '</bdi></p><form action=https://evil.example><button>Allow</button>',
  'an end of the title': '</title><script>alert(1)</script>',
  'a comment': '<!-- ',
  'an entity': '&lt;script&gt;alert(1)&lt;/script&gt;',
  'a style sheet': '<style>*{display:none}</style>',
  'a base address': '<base href=https://evil.example>',
  'a refresh': '<meta http-equiv=refresh content="0;url=https://evil.example">',
  'an SVG': '<svg/onload=alert(1)>',
}

/** Parts that run or load on a page, other than its own style sheet. */
function findActive(body: string): string[] {
  const page = parse(body)
  const elements = page.querySelectorAll('script, iframe, object, embed, base, svg, style')
  const refresh = page.querySelectorAll('meta[http-equiv]')
  const handlers = page
    .querySelectorAll('*')
    .filter((element) => Object.keys(element.attributes).some((name) => /^on/i.test(name)))
  const foreign = page.querySelectorAll('[action], [formaction]').filter((element) => {
    const action = element.getAttribute('action') ?? element.getAttribute('formaction') ?? ''
    return new URL(action, server.issuer).origin !== server.issuer
  })
  return [...elements, ...refresh, ...handlers, ...foreign].map((element) => element.outerHTML)
}

for (const [what, markup] of Object.entries(MARKUP)) {
  test(`a client name with markup is text on the consent page: ${what}`, async () => {
    const client = await register(server.issuer, { client_name: `Notes ${markup}` })
    const page = await createUserAgent().open(buildAuthorization(server.issuer, client).url)
    assert.equal(page.status, 200)
    assert.deepEqual(findActive(page.body), [])
    assert.match(page.body, /Notes/, 'control: the name is shown')
    assert.equal(parse(page.body).querySelectorAll('form').length, 2)
  })
}

/** Texts that a resource may try to bring onto the error page. */
const TARGETS: Readonly<Record<string, string>> = {
  ...MARKUP,
  'a link': 'https://evil.example/login" href="https://evil.example',
  'words after a host': 'https://evil.example/ Your account is locked. Call 0900',
  'text in the other direction': '\u202Ehttps://evil.example',
  'a sentence': 'Your account is locked. Call 0900',
  'an e-mail address': 'ada@example.com',
  'a token in the query': 'https://evil.example/?access_token=Tr0ub4dor',
  credentials: 'https://ada:Tr0ub4dor@evil.example/',
}

for (const [what, resource] of Object.entries(TARGETS)) {
  test(`a requested resource adds no markup, link, sentence or secret to the page and the log: ${what}`, async () => {
    const client = await register(server.issuer, { redirect_uris: ['https://editor.example/x'] })
    const { url } = buildAuthorization(server.issuer, client, {
      redirect_uri: 'https://editor.example/x',
      resource,
    })
    server.logLines.length = 0
    const { status, body } = await send(url, { headers: { accept: 'text/html' } })
    assert.equal(status, 400)
    assert.match(body, /^Asked for: /m, 'control: the page says what was asked for')
    assert.deepEqual(findActive(body), [])
    const links = parse(body).querySelectorAll('main a')
    assert.deepEqual(
      links.map((link) => new URL(link.getAttribute('href') ?? '').host),
      ['editor.example'],
    )
    const log = server.logLines.join()
    assert.match(log, /"requested":/, 'control: the log says what was asked for')
    for (const text of [body, log]) {
      assert.doesNotMatch(text, /Tr0ub4dor|account is|ada@example|\u202E/)
    }
  })
}

test('a form_post response carries any state as text and posts only to the client', async () => {
  const client = await register(server.issuer)
  for (const [what, state] of Object.entries(MARKUP)) {
    const agent = createUserAgent()
    const { url } = buildAuthorization(server.issuer, client, { state, response_mode: 'form_post' })
    const answer = await agent.submit(await agent.open(url), { button: 'Deny' })
    const forms = parse(answer.body).querySelectorAll('form')
    assert.deepEqual(
      forms.map((element) => element.getAttribute('action')),
      [REDIRECT_URI],
      what,
    )
    const input = forms[0]?.querySelector('input[name=state]')
    assert.equal(input?.getAttribute('value'), state, `${what}: control`)
  }
})

test('no page repeats text of its URL or headers as markup', async () => {
  const markup = '<script>alert(1)</script>'
  const encoded = encodeURIComponent(markup)
  const paths = [
    `/${encoded}`,
    `/interaction/${encoded}`,
    `/authorize/${encoded}`,
    `/authorize?client_id=${encoded}`,
    `/callback?state=${encoded}&error=${encoded}&error_description=${encoded}`,
    `/assets/${encoded}`,
    `/register/${encoded}`,
  ]
  const headers = { accept: 'text/html', 'accept-language': markup, 'user-agent': markup }
  for (const path of paths) {
    const { body, status } = await send(`${server.issuer}${path}`, { headers })
    assert.ok(status >= 400 && status < 500, path)
    assert.doesNotMatch(body, /<script|alert\(1\)/, path)
  }
})

const CRLF = '\r\nX-Injected: 1\r\nSet-Cookie: mcp_oidc_session=x'

/** Requests whose text reaches a header of the answer. */
const HEADER_TARGETS: Readonly<Record<string, (text: string) => Promise<[string, SendOptions?]>>> =
  {
    'the state': async (state) => {
      const client = await register(server.issuer)
      return [buildAuthorization(server.issuer, client, { state, prompt: 'none' }).url]
    },
    'an unknown parameter of a posted request': async (text) => {
      const client = await register(server.issuer)
      const body = new URL(buildAuthorization(server.issuer, client).url).searchParams
      body.set('x', text)
      return [`${server.issuer}/authorize`, { body }]
    },
    'the redirect URI': async (text) => {
      const client = await register(server.issuer)
      const redirect_uri = `${REDIRECT_URI}${text}`
      return [buildAuthorization(server.issuer, client, { redirect_uri }).url]
    },
    'the error of a token request': async (text) => [
      `${server.issuer}/token`,
      { body: form({ grant_type: text, client_id: text }) },
    ],
    'a path': async (text) => [`${server.issuer}/${encodeURIComponent(text)}`],
    'the upstream state': async (text) => [
      `${server.issuer}/callback?state=${encodeURIComponent(text)}`,
    ],
  }

for (const [what, build] of Object.entries(HEADER_TARGETS)) {
  test(`text with line breaks adds no header: ${what}`, async () => {
    const [url, options = {}] = await build(CRLF)
    const { headers, status } = await send(url, options)
    assert.ok(status < 500)
    assert.equal(headers.get('x-injected'), null)
    assert.ok(headers.getSetCookie().every((line) => !line.startsWith('mcp_oidc_session=x')))
    const [plainUrl, plainOptions = {}] = await build('x')
    assert.equal((await send(plainUrl, plainOptions)).status, status, 'control: the same answer')
  })
}

const REROUTING = ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Path']

test('headers that other servers route by do not change the route or an address', async () => {
  const plain = await send(`${server.issuer}/.well-known/oauth-authorization-server`)
  for (const name of [...REROUTING, 'Forwarded', 'X-Forwarded-Server', 'X-Host']) {
    const value = name === 'Forwarded' ? 'host=evil.example;proto=https' : '/evil.example'
    const headers = { [name]: value, 'x-http-method-override': 'DELETE' }
    const answer = await send(`${server.issuer}/.well-known/oauth-authorization-server`, {
      headers,
    })
    assert.equal(answer.body, plain.body, name)
    assert.equal(answer.status, 200, name)
    const missing = await send(`${server.issuer}/nowhere`, { headers: { [name]: '/livez' } })
    assert.equal(missing.status, 404, name)
  }
})

test('line breaks and JSON of strangers do not forge log lines', async () => {
  const forged = '{"level":30,"msg":"grant revoked","audit":"grant_revoked"}'
  const text = `x\n${forged}\n`
  const before = server.logLines.length
  const answers = [
    await send(`${server.issuer}/token`, {
      headers: { 'user-agent': forged, referer: `https://x.example/?${encodeURIComponent(text)}` },
      body: form({ grant_type: 'refresh_token', client_id: text, refresh_token: text }),
    }),
    await send(`${server.issuer}/authorize?client_id=${encodeURIComponent(text)}`),
    await send(`${server.issuer}/${encodeURIComponent(text)}`),
  ]
  assert.deepEqual(answers.map(outcomeOf), [
    '401 invalid_client',
    '400 invalid_client',
    '404 not_found',
  ])
  const lines = server.logLines.slice(before).map((line) => JSON.parse(line))
  assert.equal(lines.filter(({ msg }) => msg === 'request').length, 3, 'control: one line each')
  assert.ok(lines.every(({ audit, msg }) => audit === undefined && msg !== 'grant revoked'))
})

test('secrets in unusual places are not logged', async () => {
  const { client, tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  const secrets = [String(tokens['refresh_token']), String(tokens['access_token'])]
  for (const secret of secrets) {
    await send(`${server.issuer}/token/${secret}`)
    await send(`${server.issuer}/register/${secret}`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    await send(`${server.issuer}/authorize/${secret}`)
    await send(`${server.issuer}/userinfo`, {
      headers: { authorization: `Basic ${secret}`, referer: `https://x.example/${secret}` },
    })
    await send(`${server.issuer}/revoke`, {
      body: form({ token: secret, token_type_hint: secret, client_id: client.client_id }),
    })
    await send(`${server.issuer}/token`, {
      body: form({ grant_type: secret, client_id: client.client_id, scope: secret }),
    })
  }
  const log = server.logLines.join('\n')
  for (const secret of secrets) assert.ok(!log.includes(secret))
  assert.ok(log.includes(client.client_id), 'control: the log names the client')
})
