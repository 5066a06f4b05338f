// Which preset an upstream gets, and what of it the settings override.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { ConfigError } from '../../../../src/config/load.ts'
import {
  listPresets,
  loadPreset,
  recognisePreset,
} from '../../../../src/config/upstream/presets.ts'
import type { UpstreamConfig } from '../../../../src/config/upstream/upstream-config.ts'
import { generateSigningKeys } from '../../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../../support/load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'upstream-config-'))
after(() => rmSync(folder, { recursive: true }))
const CONFIG_FILE = join(folder, 'config.json')
const JWKS = JSON.stringify(await generateSigningKeys())

const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
const [privateJwk, publicJwk] = [await exportJWK(privateKey), await exportJWK(publicKey)]

type Env = Readonly<Record<string, string>>

function load(env: Env = {}, file: object | string = {}): UpstreamConfig {
  writeFileSync(CONFIG_FILE, typeof file === 'string' ? file : JSON.stringify(file))
  return loadConfig({
    OIDC_ISSUER: 'https://auth.example.com',
    UPSTREAM_ISSUER: 'https://id.example.com',
    UPSTREAM_CLIENT_ID: 'mcp',
    JWKS,
    SESSION_SECRET: 's'.repeat(32),
    RESOURCES: 'https://mcp.example.com/mcp',
    CONFIG_FILE,
    ...env,
  }).upstream
}

/** The faults, each in one line that begins with the setting. */
function faultsOf(env: Env, file: object = {}): readonly string[] {
  try {
    load(env, file)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

test('without a preset and with an unknown host, the upstream is asked as before presets', () => {
  const upstream = load()
  assert.equal(upstream.preset, 'openid')
  assert.equal(upstream.isPresetRecognised, false)
  assert.deepEqual(upstream.subjectClaims, ['sub'])
  assert.equal(upstream.scope, 'openid profile email')
  assert.deepEqual(upstream.parameters, {})
  assert.equal(upstream.authMethod, undefined)
  assert.equal(upstream.userinfo, 'thin')
  assert.equal(upstream.needsRefreshTokens, false)
  assert.deepEqual(upstream.accessClaims, {})
})

const HOSTS: Readonly<Record<string, string | undefined>> = {
  'https://example.eu.auth0.com/': 'auth0',
  'https://example.auth0.com/': 'auth0',
  'https://example.okta.com/oauth2/default': 'okta',
  'https://example.oktapreview.com': 'okta',
  'https://happy-cat-1.clerk.accounts.dev': 'clerk',
  'https://login.microsoftonline.com/t/v2.0': 'entra',
  'https://login.microsoftonline.us/t/v2.0': 'entra',
  'https://login.partner.microsoftonline.cn/t/v2.0': 'entra',
  'https://t.ciamlogin.com/t/v2.0': 'entra',
  'https://accounts.google.com': 'google',
  'https://github.com': 'github',
  'https://gitlab.com': 'gitlab',
  'https://cognito-idp.eu-west-1.amazonaws.com/p': 'cognito',
  'https://x.authkit.app': 'workos',
  'https://x.eu1.zitadel.cloud': 'zitadel',
  'https://x.logto.app/oidc': 'logto',
  // Those that only look like one.
  'https://auth0.com.evil.example/': undefined,
  'https://evilauth0.com/': undefined,
  'https://auth0.com/': undefined,
  'https://accounts.google.com.evil.example': undefined,
  'https://evil.example/accounts.google.com': undefined,
  'https://accounts.google.com@evil.example': undefined,
  'https://x.github.com': undefined,
  'https://cognito-idp.evil.example.amazonaws.com/p': undefined,
}

test('a host is recognised as a whole, and nothing that contains it', () => {
  for (const [issuer, preset] of Object.entries(HOSTS)) {
    assert.equal(recognisePreset(issuer), preset, issuer)
  }
})

test('every preset is valid, and no host belongs to two', () => {
  const hosts = listPresets().flatMap((name) => loadPreset(name).hosts)
  assert.ok(listPresets().length >= 16)
  assert.equal(new Set(hosts).size, hosts.length)
})

test('a recognised host changes who a person is only where nobody could sign in before', () => {
  for (const [issuer, preset] of Object.entries(HOSTS)) {
    if (preset === undefined) continue
    const { subjectClaims, protocol, isPresetRecognised } = load({ UPSTREAM_ISSUER: issuer })
    assert.ok(isPresetRecognised, issuer)
    assert.deepEqual(subjectClaims, protocol === 'openid' ? ['sub'] : ['id'], issuer)
  }
  const env = { UPSTREAM_ISSUER: 'https://login.microsoftonline.com/t/v2.0' }
  assert.deepEqual(load({ ...env, UPSTREAM_PRESET: 'entra' }).subjectClaims, ['oid', 'tid'])
  const file = { upstream: { subject: ['oid'] } }
  assert.deepEqual(load(env, file).subjectClaims, ['oid'])
  const back = { upstream: { subject: ['sub'] } }
  assert.deepEqual(load({ ...env, UPSTREAM_PRESET: 'entra' }, back).subjectClaims, ['sub'])
})

test('the settings override the file, and the file the preset', () => {
  const file = {
    upstream: {
      scopes: 'openid',
      parameters: { a: 'file', b: 'file' },
      authMethod: 'none',
      verifiedEmail: 'never',
      userinfo: 'always',
      refreshTokens: 'none',
      revalidation: 'none',
      dropParameters: ['max_age'],
      discovery: { userinfo_endpoint: '{issuer}/me' },
    },
  }
  const env = { UPSTREAM_PRESET: 'google' }
  const byFile = load(env, file)
  assert.equal(byFile.scope, 'openid')
  assert.equal(byFile.authMethod, 'none')
  assert.equal(byFile.verifiedEmail, 'never')
  assert.equal(byFile.userinfo, 'always')
  assert.equal(byFile.refreshTokens, 'none')
  assert.equal(byFile.revalidation, 'none')
  assert.deepEqual(byFile.dropParameters, ['max_age'])
  assert.deepEqual(byFile.discovery, { userinfo_endpoint: 'https://id.example.com/me' })
  assert.equal(byFile.emailDomainClaim, 'hd', 'the rest is the preset’s')
  const settings = {
    UPSTREAM_SCOPES: 'openid  email',
    UPSTREAM_PARAMS: 'b=setting',
    UPSTREAM_AUTH_METHOD: 'client_secret_post',
    UPSTREAM_CLIENT_SECRET: 'secret',
  }
  const bySettings = load({ ...env, ...settings }, file)
  assert.equal(bySettings.scope, 'openid email')
  assert.deepEqual(bySettings.parameters, { a: 'file', b: 'setting' })
  assert.equal(bySettings.authMethod, 'client_secret_post')
})

test('claims that are listed with true get the preset’s path and scope; UPSTREAM_SCOPES is taken as it is', () => {
  const env = { UPSTREAM_PRESET: 'zitadel' }
  const scope = 'urn:zitadel:iam:org:projects:roles'
  const file = { access: { claims: { roles: true } } }
  const upstream = load(env, file)
  assert.deepEqual(upstream.accessClaims, {
    roles: { 'keys-of': 'urn:zitadel:iam:org:project:roles' },
  })
  assert.equal(upstream.scope, `openid profile email ${scope}`)
  assert.equal(load(env).scope, 'openid profile email')
  assert.equal(load(env, { access: { claims: { roles: 'roles' } } }).scope, 'openid profile email')
  assert.equal(load({ ...env, UPSTREAM_SCOPES: 'openid' }, file).scope, 'openid')
})

test('lines that begin with // are comments in the configuration file, and faults name the right line', () => {
  const text = '{\n  // "upstream": nonsense\n  "upstream": { "userinfo": "never" }\n}'
  assert.equal(load({}, text).userinfo, 'never')
  assert.throws(
    () => load({}, '{\n  // one\n  "upstream": {}\n  "access": {}\n}'),
    (error) => error instanceof ConfigError && /line 4 /.test(error.faults.join()),
  )
  // Within a value, it is none.
  const url = { branding: { supportUrl: 'https://example.com//x' } }
  assert.equal(load({}, url).preset, 'openid')
})

test('tenants are compared in lower case; * is all of them', () => {
  const env = { UPSTREAM_PRESET: 'google' }
  assert.deepEqual(load({ ...env, UPSTREAM_TENANTS: 'A.example, b.Example' }).tenants, [
    'a.example',
    'b.example',
  ])
  assert.equal(load({ ...env, UPSTREAM_TENANTS: '*' }).tenants, undefined)
  assert.equal(load(env).tenants, undefined)
})

test('a private key is read with the algorithm that fits it', () => {
  const env = { UPSTREAM_AUTH_METHOD: 'private_key_jwt' }
  const upstream = load({ ...env, UPSTREAM_PRIVATE_KEY: JSON.stringify(privateJwk) })
  assert.equal(upstream.privateKey?.alg, 'ES256')
  assert.equal(upstream.privateKey?.kid, undefined)
})

const ENTRA = 'https://login.microsoftonline.com'
const FAULTS: readonly (readonly [string, Env, object?])[] = [
  ['UPSTREAM_PRESET', { UPSTREAM_PRESET: 'Entra' }],
  ['UPSTREAM_PRESET', { UPSTREAM_PRESET: '../default' }],
  ['UPSTREAM_TENANTS', { UPSTREAM_TENANTS: 'x' }],
  ['UPSTREAM_TENANTS', { UPSTREAM_ISSUER: `${ENTRA}/organizations/v2.0` }],
  ['UPSTREAM_TENANTS', { UPSTREAM_ISSUER: `${ENTRA}/common/v2.0`, UPSTREAM_PRESET: 'entra' }],
  ['UPSTREAM_PRIVATE_KEY', { UPSTREAM_AUTH_METHOD: 'private_key_jwt' }],
  ['UPSTREAM_PRIVATE_KEY', { UPSTREAM_PRIVATE_KEY: 'nonsense' }],
  ['UPSTREAM_PRIVATE_KEY', { UPSTREAM_PRIVATE_KEY: JSON.stringify(publicJwk) }],
  ['UPSTREAM_SCOPES', { UPSTREAM_SCOPES: 'profile' }],
  ['UPSTREAM_SCOPES', {}, { upstream: { scopes: 'profile' } }],
  ['CONFIG_FILE upstream.discovery', { UPSTREAM_PRESET: 'oauth' }],
  ['CONFIG_FILE upstream.userinfo', {}, { upstream: { userinfo: 'sometimes' } }],
  ['CONFIG_FILE upstream', {}, { upstream: { hosts: ['x'] } }],
  ['CONFIG_FILE upstream.subject', {}, { upstream: { subject: [] } }],
  ['CONFIG_FILE access.claims.groups', {}, { access: { claims: { groups: true } } }],
  ['CONFIG_FILE access.claims.groups', {}, { access: { claims: { groups: 7 } } }],
  ['CONFIG_FILE access.claims.groups', {}, { access: { claims: { groups: { keysOf: 'x' } } } }],
  ['CONFIG_FILE access.claims.__x', {}, { access: { claims: { __x: 'x' } } }],
  [
    'CONFIG_FILE access.claims',
    {},
    {
      access: { claims: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`c${i}`, 'x'])) },
    },
  ],
]

for (const [setting, env, file] of FAULTS) {
  test(`the server does not start, and ${setting} is named: ${JSON.stringify([env, file]).slice(0, 90)}`, () => {
    const faults = faultsOf(env, file)
    assert.deepEqual(
      faults.map((fault) => fault.split(': ')[0]),
      [setting],
      faults.join(),
    )
    for (const value of Object.values(env)) assert.ok(!faults.join().includes(`"${value}"`))
  })
}
