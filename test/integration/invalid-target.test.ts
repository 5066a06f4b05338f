// A request for the wrong MCP server: the page and the log say what was asked for and what is configured, so that
// the operator can mend `resourceServers`. The OAuth error stays constant.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, obtainTokens, refresh, register } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { OTHER_RESOURCE, TEST_RESOURCE } from '../support/server.ts'

const WEB = 'https://editor.example/callback'
const ALIAS = 'https://alias.example.com/mcp'
const CONFIGURED = [TEST_RESOURCE, ALIAS, OTHER_RESOURCE]
const ORIGIN = 'https://mcp.example.com/'

const { server, client } = await openClientStage({
  env: { RESOURCES: OTHER_RESOURCE },
  file: { resourceServers: [{ resource: TEST_RESOURCE, aliases: [ALIAS] }] },
  metadata: { redirect_uris: [WEB] },
})

const open = (url: string, language = 'en') =>
  send(url, { headers: { accept: 'text/html', 'accept-language': language } })

function urlFor(resources: readonly string[]): string {
  const url = new URL(buildAuthorization(server.issuer, client, { redirect_uri: WEB }).url)
  for (const resource of resources) url.searchParams.append('resource', resource)
  return url.href
}

/** The log entry about the target of the latest request that was refused for it. */
function loggedTarget(): { requested: string[]; configured: string[] } {
  const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const line = lines.findLast(({ msg, error }) => msg === 'request' && error === 'invalid_target')
  return line?.['target'] as ReturnType<typeof loggedTarget>
}

const shownIn = (body: string) =>
  parse(body)
    .querySelectorAll('main .address')
    .map(({ text }) => text)

const UNKNOWN = 'This MCP server cannot be used here'
const NOT_ONE = 'The app must name one MCP server'

const ASKED: Record<string, { sent: string[]; shown: string[]; title: string }> = {
  'the origin of the MCP server': { sent: [ORIGIN], shown: [ORIGIN], title: UNKNOWN },
  'no resource': { sent: [], shown: [], title: NOT_ONE },
  'two resources': {
    sent: [TEST_RESOURCE, OTHER_RESOURCE],
    shown: [TEST_RESOURCE, OTHER_RESOURCE],
    title: NOT_ONE,
  },
  'a name that is no URI': { sent: ['mcp'], shown: ['mcp'], title: UNKNOWN },
  'a URI with a query': {
    sent: [`${TEST_RESOURCE}?key=secret-key`],
    shown: [`${TEST_RESOURCE}?…`],
    title: UNKNOWN,
  },
}

for (const [what, { sent, shown, title }] of Object.entries(ASKED)) {
  test(`the page and the log name what was asked for and what is configured: ${what}`, async () => {
    const page = await open(urlFor(sent))
    assertErrorPage(page, server)
    assert.equal(parse(page.body).querySelector('h1')?.text, title)
    const [asked, known] = [
      shownIn(page.body).slice(0, shown.length),
      shownIn(page.body).slice(shown.length),
    ]
    assert.deepEqual(asked, shown)
    assert.deepEqual(known.toSorted(), CONFIGURED.toSorted())
    assert.equal(page.body.includes('It named none.'), sent.length === 0)
    assert.deepEqual(loggedTarget(), { requested: shown, configured: CONFIGURED })
  })
}

test('the page is in the language of the person', async () => {
  const german = await open(urlFor([ORIGIN]), 'de')
  assert.match(german.body, /Dieser Server kennt/)
  const spanish = await open(urlFor([]), 'es')
  assert.match(spanish.body, /No ha indicado ninguno\./)
})

test('the log names the target of pushed, token and refresh requests too', async () => {
  const expected = { requested: [ORIGIN], configured: CONFIGURED }
  const form = { resource: ORIGIN }
  const own = await register(server.issuer)
  const { status } = await send(`${server.issuer}/par`, {
    body: new URL(buildAuthorization(server.issuer, own, form).url).searchParams,
  })
  assert.equal(status, 400)
  assert.deepEqual(loggedTarget(), expected)

  const parameters = { resource: TEST_RESOURCE }
  server.logLines.length = 0
  assert.equal((await obtainTokens(server.issuer, own, { parameters, form })).status, 400)
  assert.deepEqual(loggedTarget(), expected)

  const { body } = await obtainTokens(server.issuer, own, { parameters })
  server.logLines.length = 0
  assert.equal((await refresh(server.issuer, own, body['refresh_token'], form)).status, 400)
  assert.deepEqual(loggedTarget(), expected)
})

test('a request for a configured resource logs no target', async () => {
  const own = await register(server.issuer)
  server.logLines.length = 0
  await obtainTokens(server.issuer, own, { parameters: { resource: TEST_RESOURCE } })
  assert.ok(server.logLines.length > 0)
  assert.ok(server.logLines.every((line) => !line.includes('"target"')))
})

test('the OAuth error names neither what was asked for nor what is configured', async () => {
  const own = await register(server.issuer)
  const { url } = buildAuthorization(server.issuer, own, { resource: ORIGIN })
  const location = (await open(url)).headers.get('location') ?? ''
  assert.match(location, /error=invalid_target/)
  assert.doesNotMatch(decodeURIComponent(location), /example\.com/)
  const page = parse((await open(urlFor([ORIGIN]))).body)
  const next = page.querySelector('.actions a')?.getAttribute('href') ?? ''
  assert.match(next, /error=invalid_target/)
  assert.doesNotMatch(decodeURIComponent(next), /mcp\.example\.com/)
})
