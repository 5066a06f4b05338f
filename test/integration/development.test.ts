// The settings that `npm run dev` reads, and its preview of all pages.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { SAMPLE_PAGES } from '../../scripts/dev/preview/sample-pages.ts'
import { LANGUAGES } from '../../src/config/language.ts'
import { openDevelopment } from '../support/development.ts'
import { startTestServer } from '../support/server.ts'

test('npm run dev reads CONFIG_FILE and the secrets that it names, and sets the other settings itself', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-dev-config-'))
  t.after(() => rm(directory, { recursive: true }))
  const CONFIG_FILE = join(directory, 'config.json')
  const client = {
    client_id: 'reporting',
    client_name: 'Nightly reporting',
    redirect_uris: ['https://reports.example.com/callback'],
    clientSecretEnv: 'REPORTING_SECRET',
  }
  await writeFile(
    CONFIG_FILE,
    JSON.stringify({ clientDocuments: { enabled: false }, clients: [client] }),
  )
  const development = await openDevelopment({
    env: {
      CONFIG_FILE,
      REPORTING_SECRET: 's'.repeat(32),
      // Those of another server, which a shell may have.
      OIDC_ISSUER: 'https://auth.example.com',
      JWKS_FILE: join(directory, 'missing'),
      UPSTREAM_SCOPES: 'none',
    },
  })
  t.after(development.close)
  const url = `${development.issuer}/.well-known/oauth-authorization-server`
  const metadata = (await (await fetch(url)).json()) as Record<string, unknown>
  assert.equal(metadata['issuer'], development.issuer)
  assert.equal(metadata['client_id_metadata_document_supported'], undefined)
  const token = await fetch(`${development.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`reporting:${'s'.repeat(32)}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
  })
  assert.equal(((await token.json()) as { error: string }).error, 'invalid_grant')
})

const html = { headers: { accept: 'text/html' } }

test('the development set shows every page in every language at /_preview, with the branding of the file', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-preview-'))
  t.after(() => rm(directory, { recursive: true }))
  const CONFIG_FILE = join(directory, 'config.json')
  await writeFile(CONFIG_FILE, JSON.stringify({ branding: { name: 'Acme' } }))
  const development = await openDevelopment({ env: { CONFIG_FILE } })
  t.after(development.close)
  const open = async (path: string) => {
    const answer = await fetch(development.issuer + path, html)
    return { answer, page: parse(await answer.text()) }
  }

  const { page: index } = await open('/_preview')
  const links = index.querySelectorAll('td a').map((link) => link.getAttribute('href') ?? '')
  assert.equal(links.length, SAMPLE_PAGES.size * (LANGUAGES.length + 1))
  for (const path of [`/_preview/de/consent`, '/_preview/mirrored/problem-not-found']) {
    assert.ok(links.includes(path), path)
    const { answer, page } = await open(path)
    assert.equal(answer.status, 200)
    assert.equal(page.querySelector('header')?.textContent.trim(), 'Acme')
    const stylesheet = page.querySelector('link[rel=stylesheet]')?.getAttribute('href')
    assert.equal((await fetch(development.issuer + stylesheet)).status, 200)
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'none'/)
  }
  const { page: gallery } = await open('/_preview/fr')
  assert.equal(gallery.querySelectorAll('iframe').length, SAMPLE_PAGES.size)
  for (const path of ['/_preview/xx', '/_preview/de/nothing', '/_preview/de/consent/more']) {
    assert.equal((await open(path)).answer.status, 404, path)
  }
  assert.equal((await open('/_previews')).page.querySelector('h1')?.textContent, 'Nothing here')
})

test('the server itself has no preview', async (t) => {
  const server = await startTestServer()
  t.after(server.close)
  for (const path of ['/_preview', '/_preview/', '/_preview/en', '/_preview/en/consent']) {
    const answer = await fetch(server.issuer + path, html)
    assert.equal(answer.status, 404)
    assert.match(await answer.text(), /Nothing here/)
  }
})
