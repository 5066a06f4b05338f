// `branding` in the configuration file: the resulting branding, or faults that name the setting.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Config, ConfigError } from '../../../src/config/load.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { ICO, JPEG, PNG, SVG, WEBP } from '../../fixtures/logos.ts'
import { loadConfig } from '../../support/load-config.ts'

const directory = mkdtempSync(join(tmpdir(), 'branding-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const JWKS = JSON.stringify(await generateSigningKeys())

function load(branding: object, file: object = {}): Config {
  const path = join(directory, 'config.json')
  writeFileSync(path, JSON.stringify({ branding, ...file }))
  return loadConfig({
    OIDC_ISSUER: 'https://auth.example.com',
    UPSTREAM_ISSUER: 'https://login.example.com',
    UPSTREAM_CLIENT_ID: 'mcp',
    JWKS,
    SESSION_SECRET: 's'.repeat(32),
    RESOURCES: 'https://mcp.example.com/mcp',
    CONFIG_FILE: path,
  })
}

function faultsOf(branding: object, file?: object): readonly string[] {
  try {
    load(branding, file)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

function write(name: string, content: string | Buffer): string {
  writeFileSync(join(directory, name), content)
  return name
}

test('without any branding setting, every part of the branding is undefined, and pages link to the account page', () => {
  const { linkAccount, ...parts } = load({}).branding
  assert.equal(linkAccount, true)
  for (const value of Object.values(parts)) assert.equal(value, undefined)
})

for (const [mediaType, content] of Object.entries({
  'image/png': PNG,
  'image/jpeg': JPEG,
  'image/webp': WEBP,
  'image/svg+xml': SVG,
})) {
  test(`a logo of ${mediaType} is recognized by its first bytes, at a path relative to CONFIG_FILE`, () => {
    const { logo } = load({ name: 'Acme', logoFile: write('logo.bin', content) }).branding
    assert.equal(logo?.mediaType, mediaType)
    assert.deepEqual(logo?.bytes, Buffer.from(content))
  })
}

test('each theme can have its own logo, and browsers their own icon', () => {
  const { logo, darkLogo, favicon } = load({
    name: 'Acme',
    logoFile: write('light.svg', SVG),
    logoDarkFile: write('dark.png', PNG),
    faviconFile: write('icon.ico', ICO),
  }).branding
  const types = [logo, darkLogo, favicon].map((image) => image?.mediaType)
  assert.deepEqual(types, ['image/svg+xml', 'image/png', 'image/x-icon'])
})

test('the title of pages is one line, or one for each language', () => {
  assert.equal(load({ pageTitle: 'Acme sign-in' }).branding.pageTitle, 'Acme sign-in')
  const pageTitle = { en: 'Acme sign-in', 'pt-BR': 'Login da Acme' }
  assert.deepEqual(load({ pageTitle }).branding.pageTitle, pageTitle)
})

test('an SVG may start with a declaration, a document type with entities, and comments', () => {
  const start = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b" [<!ENTITY ns "c">]>'
  const content = `${start}${'<!-- > -->\n'.repeat(60)}<svg xmlns="http://www.w3.org/2000/svg"/>`
  const { logo } = load({ name: 'Acme', logoFile: write('comments.svg', content) }).branding
  assert.equal(logo?.mediaType, 'image/svg+xml')
})

const faults: Record<string, { branding: () => object; fault: RegExp }> = {
  'a logo that does not exist': {
    branding: () => ({ name: 'Acme', logoFile: 'nowhere.png' }),
    fault:
      /^CONFIG_FILE branding\.logoFile: names a file that cannot be read \(ENOENT\): .* folder of CONFIG_FILE$/,
  },
  'a logo that is a folder': {
    branding: () => ({ name: 'Acme', logoFile: '.' }),
    fault: /^CONFIG_FILE branding\.logoFile: names something that is not a file: /,
  },
  'a logo of another type': {
    branding: () => ({ name: 'Acme', logoFile: write('logo.png', '<html><svg></svg></html>') }),
    fault:
      /^CONFIG_FILE branding\.logoFile: .* not an image of a known type: use PNG, JPEG, WebP or SVG$/,
  },
  'a logo of comments without an svg element': {
    branding: () => ({ name: 'Acme', logoFile: write('never.svg', '<!-- -->'.repeat(60)) }),
    fault:
      /^CONFIG_FILE branding\.logoFile: .* not an image of a known type: use PNG, JPEG, WebP or SVG$/,
  },
  'a logo that is too large': {
    branding: () => ({
      name: 'Acme',
      logoFile: write('large.png', Buffer.concat([PNG, Buffer.alloc(256 * 1024)])),
    }),
    fault: /^CONFIG_FILE branding\.logoFile: .* at most 256 KiB$/,
  },
  'a favicon of a type that not every browser shows': {
    branding: () => ({ faviconFile: write('icon.jpg', JPEG) }),
    fault: /^CONFIG_FILE branding\.faviconFile: .* use PNG, SVG or ICO$/,
  },
  'a favicon of a type that is no logo': {
    branding: () => ({ name: 'Acme', logoFile: write('logo.ico', ICO) }),
    fault: /^CONFIG_FILE branding\.logoFile: .* use PNG, JPEG, WebP or SVG$/,
  },
  'a logo for dark pages alone': {
    branding: () => ({ name: 'Acme', logoDarkFile: write('dark.svg', SVG) }),
    fault: /^CONFIG_FILE branding\.logoDarkFile: is for dark pages only: set logoFile too/,
  },
  'a title in German only': {
    branding: () => ({ pageTitle: { de: 'Anmeldung' } }),
    fault: /^CONFIG_FILE branding\.pageTitle.*: must be /,
  },
  'a logo without a name as its text alternative': {
    branding: () => ({ logoFile: write('logo.svg', SVG) }),
    fault: /^CONFIG_FILE branding\.name: is required with logoFile/,
  },
  'an accent colour that is not readable on white': {
    branding: () => ({ accentColor: '#ffcc00' }),
    fault: /^CONFIG_FILE branding\.accentColor: is too light .* 4\.5 to white/,
  },
  'an accent colour that is not a hex colour': {
    branding: () => ({ accentColor: 'rebeccapurple' }),
    fault: /^CONFIG_FILE branding\.accentColor: must be a colour as #rrggbb$/,
  },
  'a link that runs a script': {
    branding: () => ({ termsUrl: 'javascript:alert(1)' }),
    fault: /^CONFIG_FILE branding\.termsUrl: must be an https URL$/,
  },
  'a mailto link instead of a page': {
    branding: () => ({ privacyUrl: 'mailto:privacy@example.com' }),
    fault: /^CONFIG_FILE branding\.privacyUrl: must be an https URL$/,
  },
  'a support link that is neither https nor mailto': {
    branding: () => ({ supportUrl: 'ftp://example.com' }),
    fault: /^CONFIG_FILE branding\.supportUrl: must be an https or mailto URL$/,
  },
  'an empty name': {
    branding: () => ({ name: '  ' }),
    fault: /^CONFIG_FILE branding\.name: must not be empty$/,
  },
  'a misspelt key': {
    branding: () => ({ accentColour: '#000000' }),
    fault: /^CONFIG_FILE branding: .*accentColour/,
  },
}

for (const [mistake, { branding, fault }] of Object.entries(faults)) {
  test(`${mistake} is reported as one fault, without the value`, () => {
    const found = faultsOf(branding())
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', fault)
    assert.doesNotMatch(found[0] ?? '', /ffcc00|rebecca|alert|nowhere/)
  })
}

test('a scope has one description, or one for each language including English', () => {
  const withScopes = (scopes: object) => ({
    resourceServers: [{ resource: 'https://crm.example/mcp', scopes }],
  })
  const read = { en: 'Read', de: 'Lesen', es: 'Leer', fr: 'Lire', ja: '読む', 'pt-BR': 'Ler' }
  const lines = { 'crm:read': read, 'crm:write': 'Write' }
  assert.deepEqual(load({}, withScopes(lines)).resourceServers[0]?.scopes, lines)
  for (const wrong of [{ de: 'Lesen' }, { en: 'Read', it: 'Leggi' }, { en: '' }, '', 7]) {
    const [fault, ...more] = faultsOf({}, withScopes({ 'crm:read': wrong }))
    assert.match(fault ?? '', /scopes\.crm:read(\.en)?: (must |Unrecognized key: "it")/)
    assert.deepEqual(more, [])
  }
})
