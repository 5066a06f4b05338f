// From the environment and CONFIG_FILE to the Config, or to every fault at once. The tests match faults by
// name, and check that no message contains a value: SECRET marks the values.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { type Config, ConfigError } from '../../../src/config/load.ts'
import { generateSigningKeys, publicKeys } from '../../../src/crypto/signing-keys.ts'
import { loadConfig } from '../../support/load-config.ts'

type Settings = Readonly<Record<string, string | undefined>>

const SECRET = 'Tr0ub4dor'
const jwks = await generateSigningKeys()
const [rs256, es256] = jwks.keys

const base: Settings = {
  OIDC_ISSUER: 'https://auth.example.com',
  UPSTREAM_ISSUER: 'https://login.example.com',
  UPSTREAM_CLIENT_ID: 'mcp',
  JWKS: JSON.stringify(jwks),
  SESSION_SECRET: 's'.repeat(32),
  RESOURCES: 'https://mcp.example.com/mcp',
}

const directory = mkdtempSync(join(tmpdir(), 'config-'))
after(() => rmSync(directory, { recursive: true, force: true }))

let written = 0
function write(content: string): string {
  const path = join(directory, `${++written}`)
  writeFileSync(path, content)
  return path
}

function load(changes: Settings = {}): Config {
  return loadConfig({ ...base, ...changes })
}

function loadFile(file: unknown, changes: Settings = {}): Config {
  return load({ CONFIG_FILE: write(JSON.stringify(file)), ...changes })
}

function collectFaults(run: () => Config): readonly string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

function faultsOf(run: () => Config): readonly string[] {
  const faults = collectFaults(run)
  assert.ok(!faults.join().includes(SECRET), 'no message shows a value')
  return faults
}

/** The names of the settings with faults, in order. A name may include a path: `CONFIG_FILE clients`. */
function names(run: () => Config): string[] {
  return faultsOf(run).map((fault) => fault.slice(0, fault.indexOf(':')))
}

const faulty = (changes: Settings) => names(() => load(changes))
const faultyFile = (file: unknown, changes?: Settings) => names(() => loadFile(file, changes))

test('the required settings are enough, and the others have defaults', () => {
  const config = load()
  assert.equal(config.issuer, 'https://auth.example.com')
  assert.deepEqual(config.listen, { host: '0.0.0.0', port: 4000 })
  assert.equal(config.upstream.redirectUri, 'https://auth.example.com/callback')
  assert.equal(config.upstream.scope, 'openid profile email')
  assert.equal(config.upstream.name, 'login.example.com')
  assert.equal(config.storeUrl, 'sqlite:./data/mcp-oidc.db')
  assert.equal(config.accessTokenAlg, 'RS256')
  assert.equal(config.logLevel, 'info')
  assert.deepEqual(config.trustedProxies, [])
  assert.deepEqual(config.sessionSecrets, ['s'.repeat(32)])
  assert.equal(config.drainSeconds, 10)
})

test('an empty environment gives a fault for every required setting, with a hint on how to set it', () => {
  const faults = faultsOf(() => loadConfig({}))
  const required = [
    'OIDC_ISSUER',
    'UPSTREAM_ISSUER',
    'UPSTREAM_CLIENT_ID',
    'JWKS',
    'SESSION_SECRET',
    'RESOURCES',
  ]
  assert.deepEqual(
    faults.map((fault) => fault.slice(0, fault.indexOf(':'))),
    required,
  )
  for (const fault of faults) assert.match(fault, /: is required: /)
  for (const name of ['JWKS', 'SESSION_SECRET']) {
    assert.match(faults.find((fault) => fault.startsWith(name)) ?? '', /npm run -s keygen/)
  }
  // An empty value in an env file counts as unset.
  const blank = Object.fromEntries(required.map((name) => [name, '']))
  assert.deepEqual(names(() => loadConfig(blank)).toSorted(), required.toSorted())
})

test('all faults of environment and CONFIG_FILE are reported at once, without values', () => {
  const faults = collectFaults(() =>
    loadFile(
      { [SECRET]: 1, drainSeconds: SECRET },
      {
        OIDC_ISSUER: `https://${SECRET}.example.com/path`,
        OIDC_PORT: SECRET,
        UPSTREAM_ISSUER: SECRET,
        UPSTREAM_AUTH_METHOD: SECRET,
        UPSTREAM_REDIRECT_URI: SECRET,
        UPSTREAM_SCOPES: SECRET,
        UPSTREAM_PARAMS: `{${SECRET}`,
        JWKS: SECRET,
        SESSION_SECRET: SECRET,
        ACCESS_TOKEN_ALG: SECRET,
        STORE_URL: SECRET,
        REDIS_URL: SECRET,
        RESOURCES: SECRET,
        TRUSTED_PROXIES: SECRET,
        LOG_LEVEL: SECRET,
      },
    ),
  )
  // The only input that a message shows is the name of an unknown key in CONFIG_FILE.
  const isKeyName = (fault: string) => fault.startsWith('CONFIG_FILE (top level)')
  assert.ok(
    !faults
      .filter((fault) => !isKeyName(fault))
      .join()
      .includes(SECRET),
  )
  assert.deepEqual(
    new Set(faults.map((fault) => fault.slice(0, fault.indexOf(':')))),
    new Set([
      'OIDC_ISSUER',
      'OIDC_PORT',
      'UPSTREAM_ISSUER',
      'UPSTREAM_AUTH_METHOD',
      'UPSTREAM_REDIRECT_URI',
      'UPSTREAM_SCOPES',
      'UPSTREAM_PARAMS',
      'JWKS',
      'SESSION_SECRET',
      'ACCESS_TOKEN_ALG',
      'STORE_URL',
      'REDIS_URL',
      'RESOURCES',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'CONFIG_FILE drainSeconds',
      'CONFIG_FILE (top level)',
    ]),
  )
})

test('a fault in one setting does not hide faults between settings', () => {
  const changes = {
    LOG_LEVEL: 'loud',
    JWKS: JSON.stringify({ keys: [rs256] }),
    ACCESS_TOKEN_ALG: 'ES256',
    UPSTREAM_REDIRECT_URI: 'https://elsewhere.example.com/callback',
    RESOURCES: '',
  }
  assert.deepEqual(faulty(changes), ['LOG_LEVEL', 'UPSTREAM_REDIRECT_URI', 'JWKS', 'RESOURCES'])
})

test('quotes around a value are ignored, because `docker run --env-file` keeps them', () => {
  const quoted = Object.fromEntries(
    Object.entries(base).map(([name, value]) => [name, `'${value}'`]),
  )
  assert.deepEqual(
    loadConfig({ ...quoted, UPSTREAM_NAME: '"Example"' }),
    load({ UPSTREAM_NAME: 'Example' }),
  )
  // A quote inside a value is part of the value.
  assert.equal(load({ UPSTREAM_NAME: `Ada's` }).upstream.name, `Ada's`)
})

test('OIDC_ISSUER is an https or loopback origin, as a browser serializes it', () => {
  for (const issuer of [
    'https://auth.example.com',
    'https://auth.example.com:8443',
    'http://localhost:4000',
    'http://127.0.0.1:4000',
    'http://[::1]:4000',
  ]) {
    assert.equal(load({ OIDC_ISSUER: issuer }).issuer, issuer)
  }
  for (const issuer of [
    'https://auth.example.com/',
    'https://auth.example.com/oauth',
    'https://auth.example.com?tenant=1',
    'https://auth.example.com#top',
    'https://user:password@auth.example.com',
    'https://Auth.example.com',
    'HTTPS://auth.example.com',
    'https://auth.example.com:443',
    'http://auth.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1:4000',
    'ftp://auth.example.com',
    'auth.example.com',
    'https://',
  ]) {
    assert.deepEqual(faulty({ OIDC_ISSUER: issuer }), ['OIDC_ISSUER'], issuer)
  }
})

test('UPSTREAM_ISSUER may have a path and a trailing slash, but must use https', () => {
  for (const issuer of ['https://tenant.auth0.com/', 'https://example.okta.com/oauth2/default']) {
    assert.equal(load({ UPSTREAM_ISSUER: issuer }).upstream.issuer, issuer)
  }
  assert.deepEqual(faulty({ UPSTREAM_ISSUER: 'http://login.example.com' }), ['UPSTREAM_ISSUER'])
})

test('UPSTREAM_SUBJECTS_OF names an issuer, by default UPSTREAM_ISSUER', () => {
  const UPSTREAM_ISSUER = 'https://new.example.com'
  const UPSTREAM_SUBJECTS_OF = 'https://old.example.com/'
  assert.equal(load({ UPSTREAM_ISSUER }).upstream.subjectIssuer, UPSTREAM_ISSUER)
  const { issuer, subjectIssuer } = load({ UPSTREAM_ISSUER, UPSTREAM_SUBJECTS_OF }).upstream
  assert.deepEqual([issuer, subjectIssuer], [UPSTREAM_ISSUER, UPSTREAM_SUBJECTS_OF])
  for (const faultyOne of ['old.example.com', 'http://old.example.com']) {
    const found = faulty({ UPSTREAM_SUBJECTS_OF: faultyOne })
    assert.deepEqual(found, ['UPSTREAM_SUBJECTS_OF'], faultyOne)
  }
})

test('OIDC_PORT is a port number', () => {
  assert.equal(load({ OIDC_PORT: '8080' }).listen.port, 8080)
  for (const OIDC_PORT of ['-1', '65536', '80.5', 'http', '4000/tcp']) {
    assert.deepEqual(faulty({ OIDC_PORT }), ['OIDC_PORT'], OIDC_PORT)
  }
})

test('every secret in SESSION_SECRET has at least 32 bytes', () => {
  const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
  const given = load({ SESSION_SECRET: `${first}, ${second}` })
  assert.deepEqual(given.sessionSecrets, [first, second])
  // 32 bytes, not 32 characters
  load({ SESSION_SECRET: 'é'.repeat(16) })
  for (const SESSION_SECRET of ['a'.repeat(31), `${first},${SECRET}`, `${SECRET},${SECRET}`, ',']) {
    assert.deepEqual(faulty({ SESSION_SECRET }), ['SESSION_SECRET'], SESSION_SECRET)
  }
})

test('JWKS is a set of private signing keys that includes one for ID tokens', async () => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  const p384 = { ...(await exportJWK(privateKey)), kid: 'p384', alg: 'ES256' }
  const sets: Record<string, unknown> = {
    'no keys': { keys: [] },
    'a list': jwks.keys,
    'one key': rs256,
    'public keys': publicKeys(jwks),
    'no RS256 key': { keys: [es256] },
    'a duplicate kid': { keys: [rs256, { ...es256, kid: rs256?.kid }] },
    'no kid': { keys: [{ ...rs256, kid: undefined }] },
    'no alg': { keys: [{ ...rs256, alg: undefined }] },
    'an alg for another key type': { keys: [rs256, { ...es256, alg: 'RS256' }] },
    'an alg for another curve': { keys: [rs256, p384] },
    'an incomplete key': { keys: [{ ...rs256, p: undefined, q: undefined }] },
    'an invalid key': { keys: [{ kty: 'RSA', kid: '1', alg: 'RS256', d: SECRET, n: 'AQ' }] },
    'a shared secret': { keys: [{ kty: 'oct', kid: '1', alg: 'HS256', k: SECRET }] },
  }
  for (const [title, set] of Object.entries(sets)) {
    assert.deepEqual(faulty({ JWKS: JSON.stringify(set) }), ['JWKS'], title)
  }
  for (const JWKS of ['{', 'null', `"${SECRET}"`, `${base['JWKS']}${base['JWKS']}`]) {
    assert.deepEqual(faulty({ JWKS }), ['JWKS'], JWKS.slice(0, 20))
  }
  load({ JWKS: JSON.stringify({ keys: [rs256] }) })
})

test('JWKS must have a key for ACCESS_TOKEN_ALG', () => {
  assert.equal(load({ ACCESS_TOKEN_ALG: 'ES256' }).accessTokenAlg, 'ES256')
  const JWKS = JSON.stringify({ keys: [rs256] })
  assert.deepEqual(faulty({ JWKS, ACCESS_TOKEN_ALG: 'ES256' }), ['JWKS'])
})

test('a secret can come from the file in its _FILE variant', () => {
  const config = load({
    JWKS: undefined,
    JWKS_FILE: write(`${base['JWKS']}\n`),
    SESSION_SECRET: '',
    SESSION_SECRET_FILE: write(`${'f'.repeat(40)}\n`),
    UPSTREAM_CLIENT_SECRET_FILE: write('upstream secret\n'),
    STORE_URL_FILE: write('redis://:password@redis:6379\n'),
  })
  assert.deepEqual(config.jwks, jwks)
  assert.deepEqual(config.sessionSecrets, ['f'.repeat(40)])
  assert.equal(config.upstream.clientSecret, 'upstream secret')
  assert.equal(config.storeUrl, 'redis://:password@redis:6379')
  const { storeUrl } = load({ REDIS_URL_FILE: write('redis://redis:6379') })
  assert.equal(storeUrl, 'redis://redis:6379')
})

test('a _FILE variant that is unreadable, empty or set with its setting is one fault', () => {
  const nowhere = join(directory, SECRET)
  assert.deepEqual(faulty({ JWKS: undefined, JWKS_FILE: nowhere }), ['JWKS_FILE'])
  assert.deepEqual(faulty({ JWKS: undefined, JWKS_FILE: directory }), ['JWKS_FILE'])
  assert.deepEqual(faulty({ UPSTREAM_CLIENT_SECRET_FILE: write('\n') }), [
    'UPSTREAM_CLIENT_SECRET_FILE',
  ])
  assert.deepEqual(faulty({ SESSION_SECRET_FILE: write('f'.repeat(40)) }), ['SESSION_SECRET'])
  assert.deepEqual(faulty({ JWKS: undefined, JWKS_FILE: write(SECRET) }), ['JWKS'])
})

test('UPSTREAM_REDIRECT_URI is at the origin of OIDC_ISSUER, on a path that the server does not use', () => {
  const at = (path: string) => `https://auth.example.com${path}`
  for (const path of [
    '/callback',
    '/auth/callback',
    '/callback/',
    '/token-exchange',
    '/a.b~c_d-e',
  ]) {
    const { upstream } = load({ UPSTREAM_REDIRECT_URI: at(path) })
    assert.equal(upstream.redirectUri, at(path))
  }
  for (const uri of [
    'https://other.example.com/callback',
    'http://localhost:4000/callback',
    'http://auth.example.com/callback',
    'https://AUTH.example.com/callback',
    '/callback',
    at(''),
    at('/'),
    at('/authorize'),
    at('/authorize/callback'),
    at('/Token'),
    at('/interaction/callback'),
    at('/.well-known/openid-configuration'),
    at('/livez'),
    at('/callback?tenant=1'),
    at('/callback#top'),
    at('/callback#'),
    at('/:callback'),
    at('/(callback)'),
    at('/*callback'),
    at('//callback'),
  ]) {
    assert.deepEqual(faulty({ UPSTREAM_REDIRECT_URI: uri }), ['UPSTREAM_REDIRECT_URI'], uri)
  }
})

test('UPSTREAM_SCOPES is a list that includes openid', () => {
  assert.equal(load({ UPSTREAM_SCOPES: 'openid,  email' }).upstream.scope, 'openid email')
  assert.deepEqual(faulty({ UPSTREAM_SCOPES: 'profile email' }), ['UPSTREAM_SCOPES'])
})

test('UPSTREAM_PARAMS is a query or a JSON object, without parameters that the server sets', () => {
  const parameters = { audience: 'https://api.example.com', organization: 'a b' }
  for (const UPSTREAM_PARAMS of [
    'audience=https://api.example.com&organization=a%20b',
    JSON.stringify(parameters),
    ` ${JSON.stringify(parameters, null, 2)}`,
  ]) {
    assert.deepEqual(load({ UPSTREAM_PARAMS }).upstream.parameters, parameters)
  }
  for (const UPSTREAM_PARAMS of [
    '{',
    '{"audience":1}',
    `{"audience":"${SECRET}"`,
    'state=1',
    'audience=a&scope=openid',
    '{"redirect_uri":"https://auth.example.com/callback"}',
    'nonce=1',
    'code_challenge=1',
    'response_type=token',
    'client_id=other',
  ]) {
    assert.deepEqual(faulty({ UPSTREAM_PARAMS }), ['UPSTREAM_PARAMS'], UPSTREAM_PARAMS)
  }
})

test('REDIS_URL applies only if STORE_URL is not set', () => {
  const REDIS_URL = 'redis://redis:6379'
  assert.equal(load({ REDIS_URL }).storeUrl, REDIS_URL)
  assert.equal(load({ REDIS_URL, STORE_URL: 'memory:' }).storeUrl, 'memory:')
  assert.deepEqual(faulty({ REDIS_URL: 'memory:' }), ['REDIS_URL'])
})

test('STORE_URL must have a known scheme', () => {
  for (const STORE_URL of [
    'memory:',
    'sqlite:/data/store.db',
    'sqlite:./store.db',
    'redis://localhost',
    'rediss://:password@redis.example.com:6380/0',
  ]) {
    assert.equal(load({ STORE_URL }).storeUrl, STORE_URL)
  }
  for (const STORE_URL of [
    `postgres://u:${SECRET}@db`,
    '/data/store.db',
    'sqlite:',
    'redis:6379',
  ]) {
    assert.deepEqual(faulty({ STORE_URL }), ['STORE_URL'], STORE_URL)
  }
})

test('TRUSTED_PROXIES lists addresses, ranges or names of ranges', () => {
  const TRUSTED_PROXIES = '10.0.0.1, 192.168.0.0/16 fd00::/8,loopback'
  assert.deepEqual(load({ TRUSTED_PROXIES }).trustedProxies, [
    '10.0.0.1',
    '192.168.0.0/16',
    'fd00::/8',
    'loopback',
  ])
  for (const invalid of [
    'true',
    '1',
    'proxy.example.com',
    '10.0.0.1/33',
    '10.0.0/8',
    '10.0.0.1/',
    '::1/129',
    '10.0.0.1/8/8',
  ]) {
    assert.deepEqual(faulty({ TRUSTED_PROXIES: invalid }), ['TRUSTED_PROXIES'], invalid)
  }
})

test('LOG_LEVEL and UPSTREAM_AUTH_METHOD accept only known values', () => {
  assert.equal(load({ LOG_LEVEL: 'debug' }).logLevel, 'debug')
  const method = 'client_secret_post'
  assert.equal(load({ UPSTREAM_AUTH_METHOD: method }).upstream.authMethod, method)
  assert.deepEqual(faulty({ LOG_LEVEL: 'verbose', UPSTREAM_AUTH_METHOD: 'client_secret_jwt' }), [
    'UPSTREAM_AUTH_METHOD',
    'LOG_LEVEL',
  ])
})

test('RESOURCES lists http or https URIs of MCP servers, which get the default settings', () => {
  const { resourceServers, defaultResource } = load({
    RESOURCES: 'https://a.example.com/mcp, https://b.example.com/mcp/ http://localhost:3000/mcp',
  })
  assert.deepEqual(
    resourceServers.map(({ resource, name, defaultScopes, accessTokenSeconds }) => ({
      resource,
      name,
      defaultScopes,
      accessTokenSeconds,
    })),
    ['https://a.example.com/mcp', 'https://b.example.com/mcp/', 'http://localhost:3000/mcp'].map(
      (resource) => ({
        resource,
        name: new URL(resource).host,
        defaultScopes: ['mcp:tools'],
        accessTokenSeconds: 900,
      }),
    ),
  )
  assert.equal(defaultResource, undefined)
  for (const RESOURCES of [
    'mcp.example.com',
    '/mcp',
    'urn:example:mcp',
    'https://mcp.example.com/mcp#tools',
    `https://user:${SECRET}@mcp.example.com/mcp`,
  ]) {
    assert.deepEqual(faulty({ RESOURCES }), ['RESOURCES'], RESOURCES)
  }
})

test('resource servers that differ only in case, default port or a trailing slash are a fault', () => {
  for (const duplicate of [
    'https://mcp.example.com/mcp',
    'https://mcp.example.com/mcp/',
    'HTTPS://MCP.example.com/mcp',
    'https://mcp.example.com:443/mcp',
  ]) {
    assert.deepEqual(
      faulty({ RESOURCES: `https://mcp.example.com/mcp,${duplicate}` }),
      ['RESOURCES'],
      duplicate,
    )
  }
  const listed = { resourceServers: [{ resource: 'https://mcp.example.com/mcp/' }] }
  assert.deepEqual(faultyFile(listed), ['RESOURCES'])
  load({ RESOURCES: 'https://mcp.example.com/mcp,https://mcp.example.com/MCP' })
})

test('a resource server in both CONFIG_FILE and RESOURCES appears once, as CONFIG_FILE configures it', () => {
  const resource = 'https://mcp.example.com/mcp'
  const { resourceServers } = loadFile({ resourceServers: [{ resource, name: 'Tickets' }] })
  assert.deepEqual(
    resourceServers.map(({ name }) => name),
    ['Tickets'],
  )
})

test('resource servers in CONFIG_FILE can replace RESOURCES, and have scopes of their own', () => {
  const { resourceServers } = loadFile(
    {
      resourceServers: [
        {
          resource: 'https://tickets.example.com/mcp',
          scopes: { 'tickets:read': 'Read tickets', 'tickets:write': 'Write tickets' },
          defaultScopes: ['tickets:read'],
          accessTokenSeconds: 60,
          introspectionSecretEnv: 'TICKETS_SECRET',
        },
        { resource: 'https://mail.example.com/mcp', scopes: { mail: 'Read mail' } },
      ],
    },
    { RESOURCES: '', TICKETS_SECRET: 'the tickets secret' },
  )
  const [tickets, mail] = resourceServers
  assert.deepEqual(tickets?.defaultScopes, ['tickets:read'])
  assert.equal(tickets?.accessTokenSeconds, 60)
  assert.equal(tickets?.introspectionSecret, 'the tickets secret')
  assert.deepEqual(mail?.defaultScopes, ['mail'])
  assert.equal(mail?.introspectionSecret, undefined)
})

test('an alias that is already a resource or an alias, in any spelling, is a fault', () => {
  const [a, b] = ['https://a.example.com/mcp', 'https://b.example.com/mcp']
  const origin = 'https://a.example.com'
  const faults = (aliases: unknown, others: unknown = [], env: Settings = { RESOURCES: '' }) =>
    faultsOf(() =>
      loadFile(
        {
          resourceServers: [
            { resource: a, aliases },
            { resource: b, aliases: others },
          ],
        },
        env,
      ),
    ).map((fault) => fault.split(':')[0])
  assert.deepEqual(faults([origin]), [])
  const own = ['CONFIG_FILE resourceServers.0.aliases']
  assert.deepEqual(faults([`${a}/`]), own)
  assert.deepEqual(faults([b]), own)
  assert.deepEqual(faults([origin, `${origin}/`]), own)
  assert.deepEqual(faults([origin], [], { RESOURCES: 'HTTPS://A.example.com' }), own)
  assert.deepEqual(faults([origin], [origin]), ['CONFIG_FILE resourceServers.1.aliases'])
  for (const alias of ['mcp', `${origin}#x`, `https://user:${SECRET}@a.example.com`]) {
    assert.deepEqual(faults([alias]), ['CONFIG_FILE resourceServers.0.aliases.0'])
  }
})

test('every scope of a resource server has a description, and none is an OpenID Connect scope', () => {
  const resource = 'https://tickets.example.com/mcp'
  const invalid: Record<string, object> = {
    'redefines openid': { scopes: { openid: 'Who you are' } },
    'a default without a description': { scopes: { a: 'A' }, defaultScopes: ['b'] },
    'no default': { scopes: { a: 'A' }, defaultScopes: [] },
  }
  for (const [title, server] of Object.entries(invalid)) {
    const file = { resourceServers: [{ resource, ...server }] }
    assert.deepEqual(new Set(faultyFile(file)), new Set(['CONFIG_FILE resourceServers.0']), title)
  }
  const spaced = { resourceServers: [{ resource, scopes: { 'a b': 'A and B' } }] }
  assert.deepEqual(faultyFile(spaced), ['CONFIG_FILE resourceServers.0.scopes.a b'])
})

test('a scope may have a risk beside its description: write or delete', () => {
  const resource = 'https://tickets.example.com/mcp'
  const fileOf = (text: unknown) => ({ resourceServers: [{ resource, scopes: { a: text } }] })
  for (const risk of ['write', 'delete']) {
    const text = { en: 'Change tickets', de: 'Tickets ändern', risk }
    assert.deepEqual(loadFile(fileOf(text)).resourceServers[0]?.scopes, { a: text })
  }
  const place = ['CONFIG_FILE resourceServers.0.scopes.a']
  for (const text of [{ en: 'A', risk: 'read' }, { risk: 'write' }, { en: 'A', xx: 'B' }, {}, 1]) {
    assert.deepEqual(faultyFile(fileOf(text)), place, JSON.stringify(text))
  }
  const [fault = ''] = faultsOf(() => loadFile(fileOf({ en: 'A', risk: 'read' })))
  assert.match(fault, /\("write" or "delete"\)/)
})

test('clients that people know are added to those of the defaults, by name', () => {
  const notes = { hosts: ['notes.example', '*.notes.example'], onDevice: true, asPrefix: false }
  const { wellKnownClients } = loadFile({ wellKnownClients: { 'Acme Notes': notes } })
  assert.deepEqual(wellKnownClients['Acme Notes'], notes)
  assert.deepEqual(wellKnownClients, { ...load().wellKnownClients, 'Acme Notes': notes })
  for (const wrong of [
    { ...notes, hosts: ['https://notes.example'] },
    { ...notes, hosts: ['Notes.example'] },
    { ...notes, onDevice: 'yes' },
    { hosts: [] },
  ]) {
    const [name = ''] = faultyFile({ wellKnownClients: { 'Acme Notes': wrong } })
    assert.match(name, /^CONFIG_FILE wellKnownClients\.Acme Notes/)
  }
  assert.equal(faultyFile({ wellKnownClients: { ' ': notes } }).length, 1)
})

test('the default resource of a configured client is one of the resource servers or aliases', () => {
  const resourceServers = [
    { resource: 'https://a.example.com/mcp', aliases: ['https://a.example.com'] },
    { resource: 'https://b.example.com/mcp' },
  ]
  const client = {
    client_id: 'proxy',
    client_name: 'Proxy',
    redirect_uris: ['https://p.example/cb'],
  }
  const file = (defaultResource?: string) => ({
    resourceServers,
    clients: [client, { ...client, client_id: 'other', defaultResource }],
  })
  const env = { RESOURCES: '' }
  for (const resource of ['https://b.example.com/mcp/', 'https://a.example.com/', undefined]) {
    const { clients } = loadFile(file(resource), env)
    assert.deepEqual(
      clients.map(({ defaultResource }) => defaultResource),
      [undefined, resource],
    )
  }
  for (const resource of ['https://c.example.com/mcp', 'mcp', '', `https://${SECRET}.example`]) {
    const faults = faultsOf(() => loadFile(file(resource), env))
    assert.match(
      faults.join(),
      /^CONFIG_FILE clients\.1\.defaultResource: must be one of/,
      resource,
    )
  }
})

test('a single resource server is the default; of several, the default is the one in CONFIG_FILE', () => {
  const RESOURCES = 'https://a.example.com/mcp https://b.example.com/mcp'
  assert.equal(load().defaultResource, base['RESOURCES'])
  assert.equal(load({ RESOURCES }).defaultResource, undefined)
  const file = { defaultResource: 'https://b.example.com/mcp' }
  assert.equal(loadFile(file, { RESOURCES }).defaultResource, file.defaultResource)
  assert.deepEqual(faultyFile(file), ['CONFIG_FILE defaultResource'])
})

test('metadata documents are accepted from any host by default, and allowed hosts are host names', () => {
  const { clientDocuments, outbound } = load()
  assert.deepEqual([clientDocuments.enabled, clientDocuments.allowedHosts], [true, []])
  assert.deepEqual(outbound, { privateHosts: [], timeoutSeconds: 5 })
  const allowedHosts = ['claude.ai', '*.example.com', 'localhost']
  assert.deepEqual(loadFile({ clientDocuments: { allowedHosts } }).clientDocuments, {
    ...clientDocuments,
    allowedHosts,
  })
  for (const host of ['https://claude.ai', 'Claude.ai', 'claude.ai:443', '*', 'a.*.b', '.a', '']) {
    const file = { clientDocuments: { allowedHosts: [host] } }
    assert.deepEqual(faultyFile(file), ['CONFIG_FILE clientDocuments.allowedHosts.0'], host)
  }
  for (const [file, fault] of [
    [{ outbound: { privateHosts: ['*.example.com'] } }, 'outbound.privateHosts.0'],
    [{ outbound: { timeoutSeconds: 9 } }, 'outbound.timeoutSeconds'],
    [{ clientDocuments: { minFreshSeconds: 90000 } }, 'clientDocuments'],
    [{ clientDocuments: { keepSeconds: 0 } }, 'clientDocuments.keepSeconds'],
  ] as const) {
    assert.deepEqual(faultyFile(file), [`CONFIG_FILE ${fault}`])
  }
})

test('a client in CONFIG_FILE has at most one way to authenticate', () => {
  const client = { client_id: 'portal', client_name: 'P', redirect_uris: ['https://a.example/cb'] }
  const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }] }
  const jwks_uri = 'https://a.example/jwks'
  const keysOf = (more: object) => loadFile({ clients: [{ ...client, ...more }] }).clients[0]?.keys
  assert.equal(keysOf({}), undefined)
  assert.deepEqual(keysOf({ jwks }), { jwks })
  assert.deepEqual(keysOf({ jwks_uri }), { jwks_uri })
  const both = { clients: [{ ...client, jwks, jwks_uri }] }
  assert.deepEqual(faultyFile(both), ['CONFIG_FILE clients portal'])
  const secret = { clients: [{ ...client, clientSecretEnv: 'PORTAL', jwks_uri }] }
  assert.deepEqual(faultyFile(secret, { PORTAL: 'x'.repeat(16) }), ['CONFIG_FILE clients portal'])
  const plain = { clients: [{ ...client, jwks_uri: 'http://a.example/jwks' }] }
  assert.deepEqual(faultyFile(plain), ['CONFIG_FILE clients.0.jwks_uri'])
  const onPort = { clients: [{ ...client, jwks_uri: 'https://a.example:8443/jwks' }] }
  assert.deepEqual(faultyFile(onPort), ['CONFIG_FILE clients.0.jwks_uri'])
  loadFile({ ...onPort, outbound: { privateHosts: ['a.example'] } })
  const weak = { keys: [{ kty: 'EC', crv: 'P-521', x: 'x', y: 'y' }] }
  const costly = { clients: [{ ...client, jwks: weak }] }
  assert.deepEqual(faultyFile(costly), ['CONFIG_FILE clients.0.jwks'])
})

test('CONFIG_FILE must be a readable file with a JSON object', () => {
  for (const CONFIG_FILE of [
    join(directory, SECRET),
    directory,
    write(''),
    write(`{"${SECRET}`),
    write('[]'),
    write('null'),
    write('"text"'),
  ]) {
    assert.deepEqual(faulty({ CONFIG_FILE }), ['CONFIG_FILE'])
  }
  load({ CONFIG_FILE: '' })
  load({ CONFIG_FILE: write('{}') })
})

test('a fault names an unknown key in CONFIG_FILE, at every depth', () => {
  const top = faultsOf(() => loadFile({ lifetime: {} }))
  assert.equal(top.length, 1)
  assert.match(top[0] ?? '', /^CONFIG_FILE \(top level\): .*"lifetime"/)

  const deep = faultsOf(() => loadFile({ lifetimes: { accessTokenSecond: 60 } }))
  assert.equal(deep.length, 1)
  assert.match(deep[0] ?? '', /^CONFIG_FILE lifetimes: .*"accessTokenSecond"/)
})

test('objects in CONFIG_FILE are merged into the defaults one level deep; other values replace them', () => {
  const defaults = load()
  const config = loadFile({
    lifetimes: { accessTokenSeconds: 60 },
    resourceDefaults: { scopes: { 'mcp:tools': 'Everything', 'mcp:read': 'Reading' } },
    privateUseRedirectUris: ['app://callback'],
    drainSeconds: 0,
  })
  assert.deepEqual(config.lifetimes, { ...defaults.lifetimes, accessTokenSeconds: 60 })
  assert.deepEqual(config.resourceServers[0]?.scopes, {
    'mcp:tools': 'Everything',
    'mcp:read': 'Reading',
  })
  assert.deepEqual(config.resourceServers[0]?.defaultScopes, ['mcp:tools'])
  const known = defaults.privateUseRedirectUris
  assert.ok(known.length > 0)
  assert.deepEqual(config.privateUseRedirectUris, [...known, 'app://callback'])
  assert.equal(config.drainSeconds, 0)
})

test('the limits of connections are positive and fit each other', () => {
  for (const name of [
    'keepAliveSeconds',
    'headersSeconds',
    'requestSeconds',
    'maxConnections',
    'maxRequests',
  ]) {
    for (const value of [0, -1, 1.5, '30', null]) {
      const [fault] = faultyFile({ connections: { [name]: value } })
      assert.equal(fault, `CONFIG_FILE connections.${name}`, `${value}`)
    }
  }
  const { connections } = loadFile({ connections: { headersSeconds: 30, responseSeconds: 10 } })
  assert.deepEqual([connections.headersSeconds, connections.requestSeconds], [30, 30])
  assert.deepEqual(faultyFile({ connections: { headersSeconds: 31 } }), ['CONFIG_FILE connections'])
  // A slow store delays a response for up to 9 s.
  const [fault = ''] = faultsOf(() => loadFile({ connections: { responseSeconds: 9 } }))
  assert.match(fault, /^CONFIG_FILE connections\.responseSeconds: must be at least 10/)
})

test('the times of a stop are whole seconds from 0 to an hour', () => {
  for (const name of ['shutdownDelaySeconds', 'drainSeconds']) {
    for (const value of [0, 3600]) loadFile({ [name]: value })
    for (const value of [-1, 1.5, 3601, '5', null]) {
      assert.deepEqual(faultyFile({ [name]: value }), [`CONFIG_FILE ${name}`], `${value}`)
    }
  }
})

test('lifetimes are positive whole seconds', () => {
  for (const accessTokenSeconds of [0, -1, 1.5, '900', null]) {
    assert.deepEqual(faultyFile({ lifetimes: { accessTokenSeconds } }), [
      'CONFIG_FILE lifetimes.accessTokenSeconds',
    ])
  }
})

const client = {
  client_id: 'cli',
  client_name: 'Command line',
  redirect_uris: ['http://127.0.0.1/callback'],
}

test('limits are positive whole numbers, and ranges of shared egress are CIDR ranges', () => {
  const registration = { perAddress: 0, total: 1.5, seconds: 86_401 }
  assert.deepEqual(faultyFile({ limits: { registration } }), [
    'CONFIG_FILE limits.registration.perAddress',
    'CONFIG_FILE limits.registration.total',
    'CONFIG_FILE limits.registration.seconds',
  ])
  for (const range of ['192.0.2.1', '192.0.2.0/33', 'loopback', '2001:db8::/129']) {
    const sharedEgress = { ours: { asOf: null, ranges: [range] } }
    assert.deepEqual(
      faultyFile({ sharedEgress }),
      ['CONFIG_FILE sharedEgress.ours.ranges.0'],
      range,
    )
  }
  const undated = { ours: { asOf: 'today', ranges: ['192.0.2.0/24', '2001:db8::/32'] } }
  assert.deepEqual(faultyFile({ sharedEgress: undated }), ['CONFIG_FILE sharedEgress.ours.asOf'])
  const { sharedEgress } = loadFile({ sharedEgress: { ours: { asOf: '2026-11-01', ranges: [] } } })
  assert.deepEqual(sharedEgress['anthropic']?.ranges, ['160.79.104.0/21'])
  assert.deepEqual(Object.keys(sharedEgress), ['anthropic', 'openai', 'ours'])
})

test('a client in CONFIG_FILE is public, or has the secret from the variable that it names', () => {
  const clients = [client, { ...client, client_id: 'web', clientSecretEnv: 'WEB_SECRET' }]
  const [cli, web] = loadFile({ clients }, { WEB_SECRET: 'secret of the web' }).clients
  assert.equal(cli?.clientSecret, undefined)
  assert.equal(web?.clientSecret, 'secret of the web')
  const fromFile = loadFile({ clients }, { WEB_SECRET_FILE: write('secret from a file\n') })
  assert.equal(fromFile.clients[1]?.clientSecret, 'secret from a file')

  assert.deepEqual(faultyFile({ clients }), ['WEB_SECRET'])
  const nowhere = { WEB_SECRET_FILE: join(directory, 'nowhere') }
  assert.deepEqual(faultyFile({ clients }, nowhere), ['WEB_SECRET_FILE'])
})

test('a secret that CONFIG_FILE names has at least 16 characters', () => {
  const resource = 'https://tickets.example.com/mcp'
  const settings: readonly object[] = [
    { clients: [{ ...client, clientSecretEnv: 'NAMED' }] },
    { resourceServers: [{ resource, introspectionSecretEnv: 'NAMED' }] },
  ]
  for (const file of settings) {
    loadFile(file, { NAMED: 'x'.repeat(16) })
    const faults = faultsOf(() => loadFile(file, { NAMED: 'x'.repeat(15) }))
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^NAMED: .*at least 16 characters.*openssl rand -base64 24/)
    assert.deepEqual(faultyFile(file, { NAMED_FILE: write('x'.repeat(15)) }), ['NAMED_FILE'])
    assert.deepEqual(faultyFile(file, { NAMED_FILE: write('\n') }), ['NAMED_FILE'])
  }
})

test('a secret instead of a variable name is rejected, and not shown', () => {
  const place = 'CONFIG_FILE clients.0.clientSecretEnv'
  assert.deepEqual(faultyFile({ clients: [{ ...client, clientSecretEnv: SECRET }] }), [place])
})

test('clients in CONFIG_FILE have unique ids and absolute redirect URIs', () => {
  assert.deepEqual(faultyFile({ clients: [client, client] }), ['CONFIG_FILE clients'])
  const relative = { ...client, redirect_uris: ['/callback'] }
  assert.deepEqual(faultyFile({ clients: [relative] }), ['CONFIG_FILE clients.0.redirect_uris.0'])
  const own = { ...client, redirect_uris: ['https://auth.example.com/authorize?client_id=x'] }
  assert.deepEqual(faultyFile({ clients: [own] }), ['CONFIG_FILE clients.0.redirect_uris'])
  const after = (uri: string) => ({ clients: [{ ...client, post_logout_redirect_uris: [uri] }] })
  const [loaded] = loadFile(after('https://p.example/bye')).clients
  assert.deepEqual(loaded?.postLogoutRedirectUris, ['https://p.example/bye'])
  for (const uri of ['https://auth.example.com/account', 'http://p.example/', 'app://bye']) {
    assert.deepEqual(faultyFile(after(uri)), ['CONFIG_FILE clients.0.post_logout_redirect_uris'])
  }
  const none = { ...client, redirect_uris: [] }
  assert.deepEqual(faultyFile({ clients: [none] }), ['CONFIG_FILE clients.0.redirect_uris'])
})

test('an MCP server with upstreamTokens needs a secret, and scopes that are scopes', () => {
  const server = { resource: 'https://calendar.example.com/mcp' }
  const load = (changes: object, settings: Settings = {}) =>
    loadFile({ resourceServers: [{ ...server, ...changes }] }, settings)
  const faults = faultsOf(() => load({ upstreamTokens: { scopes: ['calendar'] } }))
  assert.equal(faults.length, 1)
  assert.match(faults[0] ?? '', /upstreamTokens: needs introspectionSecretEnv/)
  const secret = { CALENDAR_SECRET: 'sixteen characters' }
  const introspectionSecretEnv = 'CALENDAR_SECRET'
  const broken = { introspectionSecretEnv, upstreamTokens: { scopes: [`a b ${SECRET}`] } }
  assert.match(faultsOf(() => load(broken, secret)).join(), /upstreamTokens.scopes.0/)
  const config = load({ introspectionSecretEnv, upstreamTokens: { scopes: ['a'] } }, secret)
  assert.deepEqual(config.resourceServers[0]?.upstreamTokens, { scopes: ['a'] })
  // Refresh tokens are asked for only if something needs them.
  assert.deepEqual(
    [config.upstream.needsRefreshTokens, loadFile({}).upstream.needsRefreshTokens],
    [true, false],
  )
})
