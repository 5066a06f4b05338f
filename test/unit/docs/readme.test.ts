// README.md is a page that people read at once, docs/README.md is the index, and the example of a configuration file is one that
// people copy.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findShortLivedTokens } from '../../../src/config/resource-servers.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

const ROOT = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

test('README.md has 600 to 900 words', () => {
  const words = read('README.md').split(/\s+/).filter(Boolean).length
  assert.ok(words >= 600 && words <= 900, `${words} words`)
})

test('README.md shows how to go live in five steps', () => {
  const [, section = ''] = /^## Go live\n([\s\S]*?)^## /m.exec(read('README.md')) ?? []
  assert.deepEqual(section.match(/^\d+\./gm), ['1.', '2.', '3.', '4.', '5.'])
})

test('docs/README.md lists every document and every sample', () => {
  const files = globSync(['docs/*.md', 'docs/samples/*'], { cwd: ROOT })
    .map((path) => path.replaceAll('\\', '/').replace('docs/', ''))
    .filter((path) => path !== 'README.md')
  assert.ok(files.length > 20)
  const index = read('docs/README.md')
  assert.deepEqual(
    files.filter((file) => !index.includes(`](${file})`)),
    [],
  )
})

test('the configuration file of docs/samples is valid, and start-up does not warn about it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'example-config-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const CONFIG_FILE = join(directory, 'config.json')
  writeFileSync(CONFIG_FILE, read('docs/samples/example-config.json'))
  writeFileSync(
    join(directory, 'logo.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>',
  )
  const config = loadConfig({
    OIDC_ISSUER: 'https://auth.example.com',
    UPSTREAM_ISSUER: 'https://login.example.com',
    UPSTREAM_CLIENT_ID: 'mcp',
    JWKS: JSON.stringify(await generateSigningKeys()),
    SESSION_SECRET: 's'.repeat(32),
    CRM_INTROSPECTION_SECRET: 'secret of the CRM',
    REPORTING_CLIENT_SECRET: 'secret of the reports',
    CONFIG_FILE,
  })
  assert.equal(config.resourceServers.length, 1)
  assert.deepEqual(findShortLivedTokens(config.resourceServers), [])
  assert.ok(config.lifetimes.accessTokenSeconds >= 420)
})
