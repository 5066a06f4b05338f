// docs/providers.md: people copy its settings. Each block chooses the preset that the table names, and check-config sees nothing
// that will not work.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEnv } from 'node:util'
import { listPresets, loadPreset } from '../../../src/config/upstream/presets.ts'
import { findTraps } from '../../../src/config-check/find-traps.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8')
const ROW = /^\| \[([^\]]+)\]\(#[^)]+\) \| ([^|]+) \|/gm
const SECTION = /^## ([^\n]+)\n((?:(?!^## )[^\n]*\n)*)/gm
const SETTINGS = /```dotenv\n([\s\S]*?)```/
const FILE = /```json\n([\s\S]*?)```/

/** Section → the presets of its row. */
const rows = [...DOCUMENT.matchAll(ROW)].map(([, name = '', presets = '']) => ({
  name,
  presets: [...presets.matchAll(/`([^`]+)`/g)].map(([, preset = '']) => preset),
}))
const sections = new Map(
  [...DOCUMENT.matchAll(SECTION)].map(([, title = '', text = '']) => [title, text]),
)
const TITLES: Readonly<Record<string, string>> = {
  'another OpenID provider': 'Any other OpenID provider',
  'OAuth 2.0 without OpenID Connect': 'Plain OAuth 2.0',
}
const folder = mkdtempSync(join(tmpdir(), 'providers-'))
after(() => rmSync(folder, { recursive: true }))
const jwks = JSON.stringify(await generateSigningKeys())

test('docs/providers.md has a row for every preset', () => {
  const listed = rows.flatMap(({ presets }) => presets)
  assert.deepEqual(listed.toSorted(), [...listPresets()].toSorted())
})

test('docs/providers.md says of every preset what re-validation asks with', () => {
  const HOW = {
    always: /always$/,
    offline_access: /with `offline_access`$/,
    'first consent': /first consent$/,
  }
  const text = sections.get('Re-validation') ?? assert.fail('no section')
  const told = new Map(
    [...text.matchAll(/^\| [^|]+ \| `([^`]+)` \| ([^|]+) \|/gm)].map(
      ([, preset = '', how = '']) => [preset, how],
    ),
  )
  assert.deepEqual([...told.keys()].toSorted(), [...listPresets()].toSorted())
  for (const [name, how] of told) {
    const { revalidation, refreshTokens } = loadPreset(name)
    if (revalidation === 'userinfo') assert.match(how, /with its access token/, name)
    else {
      assert.equal(revalidation, 'refresh', name)
      assert.notEqual(refreshTokens, 'none', name)
      assert.match(how, /^a refresh token, /, name)
      assert.match(how, HOW[refreshTokens as keyof typeof HOW], name)
    }
  }
})

for (const { name, presets } of rows) {
  test(`the settings of ${name} in docs/providers.md are valid and choose its preset`, () => {
    const text = sections.get(TITLES[name] ?? name) ?? assert.fail(`no section ${name}`)
    const [, block = ''] = SETTINGS.exec(text) ?? []
    const settings = parseEnv(block.replaceAll('…', 'filled-in'))
    assert.ok(settings['UPSTREAM_ISSUER'])
    const [, file = '{}'] = FILE.exec(text) ?? []
    const CONFIG_FILE = join(folder, `${presets[0]}.json`)
    writeFileSync(CONFIG_FILE, file)
    const config = loadConfig({
      OIDC_ISSUER: 'https://auth.example.com',
      JWKS: jwks,
      SESSION_SECRET: 's'.repeat(32),
      RESOURCES: 'https://mcp.example.com/mcp',
      CONFIG_FILE,
      ...settings,
    })
    assert.equal(config.upstream.preset, presets[0])
    assert.equal(config.upstream.name, settings['UPSTREAM_NAME'])
    assert.deepEqual(
      findTraps(config).filter(({ kind }) => kind === 'problem'),
      [],
    )
  })
}
