// HTTPS_PROXY and NO_PROXY, from the environment to the Config.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError } from '../../../src/config/load.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

type Settings = Readonly<Record<string, string>>

const SECRET = 'Tr0ub4dor'
const base: Settings = {
  OIDC_ISSUER: 'https://auth.example.com',
  UPSTREAM_ISSUER: 'https://login.example.com',
  UPSTREAM_CLIENT_ID: 'mcp',
  JWKS: JSON.stringify(await generateSigningKeys()),
  SESSION_SECRET: 's'.repeat(32),
  RESOURCES: 'https://mcp.example.com/mcp',
}

const load = (settings: Settings) => loadConfig({ ...base, ...settings }).proxy
const serverOf = (HTTPS_PROXY: string) => load({ HTTPS_PROXY })?.server
const exceptionsOf = (NO_PROXY: string) => load({ HTTPS_PROXY: 'http://p', NO_PROXY })?.exceptions

function faultsOf(settings: Settings): readonly string[] {
  try {
    load(settings)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    assert.ok(!error.faults.join().includes(SECRET), 'no message shows a value')
    return error.faults
  }
}

test('without HTTPS_PROXY, the server connects directly', () => {
  assert.equal(load({}), undefined)
  assert.equal(load({ HTTPS_PROXY: '', https_proxy: '', NO_PROXY: '*' }), undefined)
})

test('HTTPS_PROXY names an http or https proxy, with http and the port of the scheme as defaults', () => {
  const server = { protocol: 'http:', hostname: 'proxy.corp', port: 3128, authorization: undefined }
  assert.deepEqual(serverOf('http://proxy.corp:3128'), server)
  assert.deepEqual(serverOf('HTTP://proxy.corp:3128/'), server)
  assert.deepEqual(serverOf('proxy.corp:3128'), server)
  assert.deepEqual(serverOf('http://proxy.corp'), { ...server, port: 80 })
  assert.deepEqual(serverOf('https://proxy.corp'), { ...server, protocol: 'https:', port: 443 })
  assert.deepEqual(serverOf('http://[fd00::1]:3128'), { ...server, hostname: 'fd00::1' })
})

test('the credentials of HTTPS_PROXY are percent-decoded', () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
  assert.equal(serverOf('http://me:p%40ss%3A@p:1')?.authorization, basic('me:p@ss:'))
  assert.equal(serverOf('http://me@p:1')?.authorization, basic('me:'))
  assert.equal(serverOf('http://:key@p:1')?.authorization, basic(':key'))
})

test('an invalid HTTPS_PROXY is one fault that says what it must be, without its value', () => {
  for (const HTTPS_PROXY of [
    `socks5://me:${SECRET}@proxy:1080`,
    `http://me:${SECRET}@`,
    `http://me:${SECRET}%zz@proxy:3128`,
    `http://proxy:3128/${SECRET}`,
    `http://proxy:3128?${SECRET}`,
    `http://proxy:3128#${SECRET}`,
    `${SECRET} proxy`,
    'http://proxy:99999',
  ]) {
    const faults = faultsOf({ HTTPS_PROXY })
    assert.equal(faults.length, 1, HTTPS_PROXY)
    assert.match(faults[0] ?? '', /^HTTPS_PROXY: must be http:\/\/HOST:PORT or https:/, HTTPS_PROXY)
  }
})

test('HTTPS_PROXY can come from a file', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'proxy-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const HTTPS_PROXY_FILE = join(directory, 'proxy')
  writeFileSync(HTTPS_PROXY_FILE, 'http://me:key@proxy.corp:3128\n')
  assert.equal(load({ HTTPS_PROXY_FILE })?.server.hostname, 'proxy.corp')
})

test('as in curl, https_proxy and no_proxy win over their upper-case forms', () => {
  const upper = { HTTPS_PROXY: 'http://upper:1', NO_PROXY: 'upper.example' }
  const lower = { https_proxy: 'http://lower:1', no_proxy: 'lower.example' }
  const named = (settings: Settings) => {
    const { server, exceptions = [] } = load(settings) ?? {}
    return [server?.hostname, ...exceptions.map((one) => (one.kind === 'name' ? one.name : one))]
  }
  assert.deepEqual(named({ ...upper, ...lower }), ['lower', 'lower.example'])
  assert.deepEqual(named(upper), ['upper', 'upper.example'])
  assert.deepEqual(named(lower), ['lower', 'lower.example'])
  assert.deepEqual(named({ ...upper, https_proxy: '', no_proxy: '' }), ['upper', 'upper.example'])
})

test('NO_PROXY holds names, addresses, ranges and *, separated by commas or spaces', () => {
  const name = (text: string, port?: number) => ({ kind: 'name', name: text, port })
  const range = (family: string, address: string, bits: number, port?: number) => {
    return { kind: 'range', family, address, bits, port }
  }
  assert.deepEqual(exceptionsOf('a.example,.B.example, *.c.example. d.example:8443'), [
    name('a.example'),
    name('b.example'),
    name('c.example'),
    name('d.example', 8443),
  ])
  assert.deepEqual(exceptionsOf('10.0.0.0/8,127.0.0.1:80,::1,[fd00::1]:443,fe80::/10'), [
    range('ipv4', '10.0.0.0', 8),
    range('ipv4', '127.0.0.1', 32, 80),
    range('ipv6', '::1', 128),
    range('ipv6', 'fd00::1', 128, 443),
    range('ipv6', 'fe80::', 10),
  ])
  assert.deepEqual(exceptionsOf('*'), [{ kind: 'all' }])
  assert.deepEqual(exceptionsOf(''), [])
})

test('an invalid entry of NO_PROXY is one fault, without its value', () => {
  for (const entry of [
    `https://${SECRET}.example`,
    `${SECRET}.*`,
    '10.0.0.0/33',
    'fe80::/129',
    '10.0.0.0/8/8',
    '10.0.0.',
    '300.1.1.1',
    '[name]',
    '<local>',
  ]) {
    const faults = faultsOf({
      HTTPS_PROXY: 'http://proxy.example:3128',
      NO_PROXY: `a.example,${entry}`,
    })
    assert.equal(faults.length, 1, entry)
    assert.match(faults[0] ?? '', /^NO_PROXY: must be host names /, entry)
    assert.deepEqual(faultsOf({ NO_PROXY: entry }), [], 'without a proxy it means nothing')
  }
})
