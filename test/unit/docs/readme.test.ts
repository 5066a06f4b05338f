// The configuration file that README.md shows: people copy it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findShortLivedTokens } from '../../../src/config/resource-servers.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

test('the configuration file of README.md is valid, and start-up does not warn about it', async (t) => {
  const [, example = ''] = /^```json\n([\s\S]*?)^```/m.exec(readme) ?? []
  const directory = mkdtempSync(join(tmpdir(), 'readme-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const CONFIG_FILE = join(directory, 'config.json')
  writeFileSync(CONFIG_FILE, example)
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
