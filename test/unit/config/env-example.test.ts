// .env.example matches the schema: no setting is missing, and none is unknown.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { environmentSchema, SECRET_SETTINGS } from '../../../src/config/schema.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
const lines = text.split('\n')
const settings = Object.keys(environmentSchema.shape)

const SETTING = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/
const found = lines.flatMap((line, index) => {
  const [, comment, name = '', raw = ''] = SETTING.exec(line) ?? []
  const { [name]: value = '' } = parseEnv(`${name}=${raw}`)
  return name === '' ? [] : [{ name, value, raw, isActive: comment === undefined, index }]
})

const required = settings.filter(
  (name) =>
    environmentSchema.shape[name as keyof typeof environmentSchema.shape].safeParse(undefined)
      .error,
)

test('.env.example lists every setting once, and no others', () => {
  assert.deepEqual(found.map(({ name }) => name).toSorted(), settings.toSorted())
})

test('every setting has exactly one line of explanation', () => {
  for (const { name, index } of found) {
    assert.match(lines[index - 1] ?? '', /^# [A-Z].+\.$/, name)
    assert.doesNotMatch(lines[index - 2] ?? '', /^# [A-Z].+\.$/, name)
  }
})

test('a shell reads every example value like an env file parser', () => {
  for (const { name, value, raw } of found) {
    const script = `${name}=${raw}; printf %s "$${name}"`
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), value)
  }
})

test('only the required settings are marked as required, and they are active and empty', () => {
  for (const { name, value, isActive, index } of found) {
    const isRequired = required.includes(name) || name === 'RESOURCES'
    assert.equal(/^# Required\b/.test(lines[index - 1] ?? ''), isRequired, name)
    if (isRequired) assert.deepEqual({ name, value, isActive }, { name, value: '', isActive: true })
  }
})

test('no secret has a value, and each secret mentions its _FILE variant', () => {
  for (const name of SECRET_SETTINGS) {
    const entry = found.find((one) => one.name === name)
    assert.ok(entry && (!entry.isActive || entry.value === ''), name)
    assert.match(lines[entry.index - 1] ?? '', new RegExp(`\\b${name}_FILE=`))
  }
  for (const [, name = ''] of text.matchAll(/\b([A-Z_]+)_FILE=/g)) {
    assert.ok(
      name === 'NAME' || name === 'CONFIG' || SECRET_SETTINGS.some((one) => one === name),
      name,
    )
  }
})

const filledIn = {
  OIDC_ISSUER: 'https://auth.example.com',
  JWKS: JSON.stringify(await generateSigningKeys()),
  SESSION_SECRET: 's'.repeat(32),
  UPSTREAM_ISSUER: 'https://login.example.com',
  UPSTREAM_CLIENT_ID: 'mcp',
  RESOURCES: 'https://mcp.example.com/mcp',
}

test('the server accepts the file once the required values are filled in', () => {
  const config = loadConfig({ ...parseEnv(text), ...filledIn })
  assert.equal(config.issuer, filledIn.OIDC_ISSUER)
  assert.equal(config.upstream.clientSecret, undefined)
})

test('lines appended from `keygen --env` override the empty lines', () => {
  const { JWKS } = parseEnv(`${text}JWKS='{"keys":[]}'\n`)
  assert.equal(JWKS, '{"keys":[]}')
})

test('the optional lines are valid when uncommented, and a setting with a default shows it', () => {
  const optional = found.filter(({ isActive, value }) => !isActive && value !== '')
  const given = Object.fromEntries(optional.map(({ name, value }) => [name, value]))
  loadConfig({ ...given, ...filledIn })

  const defaults = environmentSchema.partial().parse({})
  for (const { name, value } of optional) {
    const preset = defaults[name as keyof typeof defaults]
    if (typeof preset === 'string' || typeof preset === 'number') {
      if (preset !== '') assert.equal(value, String(preset), name)
    }
  }
  assert.equal(loadConfig(filledIn).storeUrl, given['STORE_URL'])
})
