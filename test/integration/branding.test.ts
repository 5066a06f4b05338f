// The operator's name, logo, colour and links, as browsers get them.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { PNG, SVG } from '../fixtures/logos.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const LINKS = {
  termsUrl: 'https://acme.example/terms?a=1&b=2',
  privacyUrl: 'https://acme.example/privacy',
  supportUrl: 'mailto:help@acme.example',
}

let server: TestServer
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-oidc-logo-'))
  const logoFile = join(folder, 'logo.svg')
  await writeFile(logoFile, SVG)
  const logoDarkFile = join(folder, 'dark.png')
  await writeFile(logoDarkFile, PNG)
  const files = { logoFile, logoDarkFile }
  const pageTitle = { en: 'Acme <sign-in>', de: 'Acme-Anmeldung' }
  const branding = { name: 'Acme <Tools>', pageTitle, ...files, accentColor: '#7a1fa2', ...LINKS }
  server = await startTestServer({ file: { branding } })
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function openPages() {
  const agent = createUserAgent()
  const client = await register(server.issuer)
  const consent = await agent.open(buildAuthorization(server.issuer, client).url)
  const message = await agent.open(`${server.issuer}/nowhere`)
  const engine = await agent.open(`${server.issuer}/authorize?client_id=forgotten`)
  return [consent, message, engine].map(({ body }) => parse(body))
}

test('every page has the name in its title and header, the logo beside it, and the links in its footer', async () => {
  for (const [index, page] of (await openPages()).entries()) {
    assert.match(page.querySelector('title')?.textContent ?? '', / – Acme <sign-in>$/)
    assert.equal(page.querySelector('header')?.textContent.trim(), 'Acme <Tools>')
    assert.match(
      page.querySelector('header img')?.getAttribute('src') ?? '',
      /^\/assets\/logo-[\da-f]{12}$/,
    )
    const links = page.querySelectorAll('footer a').map((link) => link.getAttribute('href'))
    // The consent page links to it beside the sentence about it.
    const account = index === 0 ? [] : ['/account']
    assert.deepEqual(links, [...account, ...Object.values(LINKS)])
    assert.equal(page.querySelectorAll('main, header, footer').length, 3)
  }
})

test('the logo has its content type, is immutable, and is inert when it is opened as a page', async () => {
  const [page] = await openPages()
  const path = page?.querySelector('header img')?.getAttribute('src')
  const answer = await send(server.issuer + path)
  assert.equal(answer.status, 200)
  assert.equal(answer.body, SVG)
  assert.equal(answer.headers.get('content-type'), 'image/svg+xml')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /(^|; )sandbox$/)
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /script-src|allow-/)
})

test('browsers that prefer dark colours get the logo for dark pages', async () => {
  for (const page of await openPages()) {
    const source = page.querySelector('header picture source')
    assert.equal(source?.getAttribute('media'), '(prefers-color-scheme: dark)')
    const answer = await fetch(server.issuer + source?.getAttribute('srcset'))
    assert.equal(answer.headers.get('content-type'), 'image/png')
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG)
  }
})

test('the title of a page is in its language', async () => {
  const headers = { 'accept-language': 'de', accept: 'text/html' }
  const page = parse((await send(`${server.issuer}/nowhere`, { headers })).body)
  assert.match(page.querySelector('title')?.textContent ?? '', / – Acme-Anmeldung$/)
})

test('pages name an icon in the accent colour, which browsers also find by themselves', async () => {
  const [page] = await openPages()
  const path = page?.querySelector('link[rel=icon]')?.getAttribute('href')
  const named = await send(server.issuer + path)
  assert.equal(named.headers.get('content-type'), 'image/svg+xml')
  assert.match(named.headers.get('cache-control') ?? '', /immutable/)
  assert.match(named.headers.get('content-security-policy') ?? '', /(^|; )sandbox$/)
  assert.match(named.body, /stroke="#7a1fa2"/)
  assert.equal((await send(`${server.issuer}/favicon.ico`)).body, named.body)
})

test('pages link to a stylesheet with the accent colour', async () => {
  const [page] = await openPages()
  const path = page?.querySelector('link[rel=stylesheet]')?.getAttribute('href')
  const { body, headers } = await send(server.issuer + path)
  assert.match(headers.get('content-type') ?? '', /^text\/css/)
  assert.match(body, /--accent: #7a1fa2;/)
})

test('a client’s own logo is neither shown nor fetched', async () => {
  const logo_uri = 'https://client.example/logo.png'
  const client = await register(server.issuer, { logo_uri })
  const page = await createUserAgent().open(buildAuthorization(server.issuer, client).url)
  assert.doesNotMatch(page.body, /client\.example\/logo/)
})
