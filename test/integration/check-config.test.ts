// `npm run -s check-config` in this process, with a simulated provider and MCP server instead of the network.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair } from 'jose'
import { SECRET_SETTINGS } from '../../src/config/schema.ts'
import { runCheck } from '../../src/config-check/run-check.ts'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'
import type { UpstreamFetch } from '../../src/upstream/upstream-fetch.ts'
import { SVG } from '../fixtures/logos.ts'
import { loadConfig } from '../support/load-config.ts'
import { spawnNode } from '../support/server-process.ts'
import { type Quirks, startUpstreamSimulator } from '../support/upstream-simulator.ts'

const folder = await mkdtemp(join(tmpdir(), 'check-config-'))
after(() => rm(folder, { recursive: true }))

const RESOURCE = 'https://mcp.example.com/crm'
const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/crm'
const PLAIN: Quirks = {
  issuer: 'https://id.example.com',
  idToken: { sub: 'ada' },
  refreshTokens: 'offline_access',
}
const RIGHT = { resource: RESOURCE, authorization_servers: ['https://auth.example.com'] }
const RULE = { name: 'staff', when: { emailDomain: ['example.com'] } }

const ENV = {
  OIDC_ISSUER: 'https://auth.example.com',
  UPSTREAM_ISSUER: PLAIN.issuer,
  UPSTREAM_CLIENT_ID: 'mcp-oidc-server',
  UPSTREAM_CLIENT_SECRET: 'the-secret-of-the-client',
  JWKS: JSON.stringify(await generateSigningKeys()),
  SESSION_SECRET: 's'.repeat(32),
  RESOURCES: RESOURCE,
}

interface Case {
  readonly env?: Readonly<Record<string, string>>
  readonly file?: Readonly<Record<string, unknown>>
  readonly quirks?: Partial<Quirks>
  /** What the MCP server's metadata answers, with status 200 unless it is a number. */
  readonly metadata?: unknown
}

let files = 0

async function check(args: readonly string[], { env, file, quirks, metadata = RIGHT }: Case = {}) {
  const simulator = await startUpstreamSimulator({ ...PLAIN, ...quirks })
  const urls: string[] = []
  const fetch: UpstreamFetch = async (url, init) => {
    urls.push(url)
    if (!url.startsWith('https://mcp.example.com/')) return simulator.fetch(url, init)
    if (url !== METADATA) return new Response('', { status: 404 })
    return typeof metadata === 'number'
      ? new Response('', { status: metadata })
      : Response.json(metadata)
  }
  files += 1
  const CONFIG_FILE = join(folder, `${files}.json`)
  await writeFile(CONFIG_FILE, JSON.stringify(file ?? {}))
  let stdout = ''
  let stderr = ''
  const code = await runCheck({
    args,
    loadConfig: () => loadConfig({ ...ENV, CONFIG_FILE, ...env }),
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    fetch,
  })
  await simulator.close()
  return { code, stdout, stderr, urls }
}

const ruled = { access: { rules: [RULE] } }

test('settings without a trap are printed with what was derived from them, and nothing is sent', async () => {
  const { code, stdout, urls } = await check([], { file: ruled })
  assert.equal(code, 0)
  assert.deepEqual(urls, [])
  assert.match(stdout, /^upstream\.preset: openid$/m)
  assert.match(stdout, /^upstream\.scope: openid profile email$/m)
  assert.match(stdout, /^access\.rules\.0\.name: staff$/m)
  assert.doesNotMatch(stdout, /^problem:/m)
})

test('images of the branding are named, and their bytes are not printed', async () => {
  await writeFile(join(folder, 'image.svg'), SVG)
  const [logoFile, logoDarkFile, faviconFile] = Array(3).fill('image.svg')
  const images = { logoFile, logoDarkFile, faviconFile }
  const { stdout } = await check([], { file: { ...ruled, branding: { name: 'Acme', ...images } } })
  const lines = stdout.split('\n').filter((line) => line.startsWith('branding.'))
  const shown = ['logo', 'darkLogo', 'favicon'].map((image) => `branding.${image}: (a file)`)
  assert.deepEqual(
    lines.filter((line) => line.includes('a file')),
    shown,
  )
  assert.ok(lines.length < 10, `${lines.length} lines`)
})

test('no secret is printed, whichever setting holds it', async () => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'k' }
  const secrets = {
    UPSTREAM_CLIENT_SECRET: 'canary-upstream-secret',
    UPSTREAM_PRIVATE_KEY: JSON.stringify(jwk),
    JWKS: ENV.JWKS,
    SESSION_SECRET: 'canary-session-secret-of-32-bytes-and-more',
    REGISTRATION_TOKEN: 'canary-registration-token',
    STORE_URL: 'rediss://canary-user:canary-password@redis.example.com:6379/1?ca=canary-path',
    REDIS_URL: 'redis://canary-user:canary-password@redis.example.com:6379',
    HTTPS_PROXY: 'http://canary-user:canary-password@proxy.example.com:3128',
  }
  assert.deepEqual(Object.keys(secrets).toSorted(), [...SECRET_SETTINGS].toSorted())
  const given = {
    env: { ...secrets, INTROSPECTION: 'canary-introspection', CLIENT: 'canary-client-secret' },
    file: {
      ...ruled,
      registration: { mode: 'token', management: false },
      resourceServers: [{ resource: RESOURCE, introspectionSecretEnv: 'INTROSPECTION' }],
      clients: [
        {
          client_id: 'c',
          client_name: 'C',
          redirect_uris: ['https://c.example/cb'],
          clientSecretEnv: 'CLIENT',
        },
      ],
    },
  }
  const parts = [jwk, ...(JSON.parse(ENV.JWKS) as { keys: (typeof jwk)[] }).keys].flatMap(
    ({ d, p, q, dp, dq, qi }) => [d, p, q, dp, dq, qi].filter((part) => part !== undefined),
  )
  assert.ok(parts.length > 8)
  for (const args of [[], ['--json']]) {
    const { stdout } = await check(args, given)
    assert.doesNotMatch(stdout, /canary|s3cret/)
    for (const part of parts) assert.ok(!stdout.includes(part))
    // Control: they were read, and their places are named.
    assert.match(stdout, /upstream\.clientSecret: \(set, not shown\)/)
    assert.match(stdout, /redis\.example\.com/)
    assert.match(stdout, /proxy\.example\.com/)
  }
})

test('a limit whose name is that of a secret is shown', async () => {
  const { stdout } = await check([])
  assert.match(stdout, /^limits\.authorization\.perAddress: 120$/m)
})

test('settings with which the server would not start end with 78, and every fault is named', async () => {
  const { code, stdout, stderr } = await check([], {
    env: { UPSTREAM_PRESET: 'nonsense', UPSTREAM_TENANTS: 'x' },
  })
  assert.equal(code, 78)
  assert.equal(stdout, '')
  assert.match(stderr, /UPSTREAM_PRESET: must be one of auth0, authentik/)
  assert.match(stderr, /UPSTREAM_TENANTS: must be empty/)
})

const ENTRA = 'https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0'

/** By what the output has to say: whether it is a problem, and the settings that cause it. */
const TRAPS: readonly (readonly [RegExp, Case])[] = [
  [/^note: access\.rules is empty/m, {}],
  [
    /^problem: UPSTREAM_ISSUER ends without the slash/m,
    {
      env: {
        UPSTREAM_PRESET: 'authentik',
        UPSTREAM_ISSUER: 'https://id.example.com/application/o/x',
      },
    },
  ],
  [
    /^note: UPSTREAM_ISSUER ends without the slash/m,
    { env: { UPSTREAM_ISSUER: 'https://x.eu.auth0.com' } },
  ],
  [/^problem: UPSTREAM_ISSUER ends with a slash/m, { env: { UPSTREAM_ISSUER: `${ENTRA}/` } }],
  [
    /^note: UPSTREAM_PRESET is not set, so people are named by sub/m,
    { env: { UPSTREAM_ISSUER: ENTRA } },
  ],
  [
    /^note: upstream\.verifiedEmail .*xms_edov/m,
    { env: { UPSTREAM_ISSUER: ENTRA, UPSTREAM_PRESET: 'entra' } },
  ],
  [
    /^note: UPSTREAM_TENANTS is \*/m,
    {
      env: {
        UPSTREAM_ISSUER: 'https://login.microsoftonline.com/organizations/v2.0',
        UPSTREAM_TENANTS: '*',
      },
    },
  ],
  [
    /^note: UPSTREAM_TENANTS is empty/m,
    { env: { UPSTREAM_ISSUER: 'https://accounts.google.com' } },
  ],
  [
    /^problem: UPSTREAM_PARAMS has resource/m,
    { env: { UPSTREAM_ISSUER: ENTRA, UPSTREAM_PARAMS: 'resource=x' } },
  ],
  [
    /^problem: UPSTREAM_SCOPES has offline_access/m,
    {
      env: {
        UPSTREAM_ISSUER: 'https://accounts.google.com',
        UPSTREAM_SCOPES: 'openid offline_access',
      },
    },
  ],
  [
    /^problem: upstream\.verifiedEmail is never.*"staff"/m,
    {
      file: {
        access: { rules: [{ name: 'staff', when: { not: { any: [RULE.when] } } }] },
        upstream: { verifiedEmail: 'never' },
      },
    },
  ],
  [
    /^problem: UPSTREAM_CLIENT_SECRET is required with client_secret_post/m,
    { env: { UPSTREAM_AUTH_METHOD: 'client_secret_post', UPSTREAM_CLIENT_SECRET: '' } },
  ],
  [/^note: UPSTREAM_CLIENT_SECRET is not set/m, { env: { UPSTREAM_CLIENT_SECRET: '' } }],
  [/^note: revalidation people whom the upstream removes keep their access/m, {}],
  [
    /^note: revalidation the upstream cannot be asked again/m,
    { file: { ...ruled, upstream: { revalidation: 'none' } } },
  ],
  [/^note: upstream\.refreshTokens allow refresh tokens/m, { file: ruled }],
  [
    /^note: resourceServers\.upstreamTokens the provider gives no refresh tokens/m,
    {
      env: { UPSTREAM_ISSUER: 'https://github.com', X: 'canary-introspection' },
      file: {
        resourceServers: [
          { resource: RESOURCE, introspectionSecretEnv: 'X', upstreamTokens: { scopes: [] } },
        ],
      },
    },
  ],
  [
    /^problem: upstream\.refreshTokens is none, so nobody can be re-validated by refresh/m,
    { file: { ...ruled, upstream: { refreshTokens: 'none', revalidation: 'refresh' } } },
  ],
  [
    /^note: upstream\.userinfo is never/m,
    { file: { access: { claims: { groups: 'groups' } }, upstream: { userinfo: 'never' } } },
  ],
]

for (const [expected, given] of TRAPS) {
  test(`a trap in the settings is seen: ${expected.source.replaceAll(/[\\^]/g, '')}`, async () => {
    const { stdout, stderr, code } = await check([], given)
    assert.match(stdout, expected, stderr)
    assert.equal(code, /^problem:/m.test(stdout) ? 1 : 0)
    const control = await check([], { file: ruled })
    if (!expected.test(control.stdout)) return
    assert.ok(given.file === ruled, 'the trap is not seen everywhere')
  })
}

test('--online finds nothing wrong with a provider and an MCP server that fit the settings', async () => {
  const { code, stdout, urls } = await check(['--online'], { file: ruled })
  assert.equal(code, 0, stdout)
  assert.doesNotMatch(stdout, /^problem:/m)
  assert.ok(urls.includes(METADATA))
  assert.ok(urls.includes(`${PLAIN.issuer}/token`))
})

const ONLINE: readonly (readonly [RegExp, Case])[] = [
  [
    /^problem: UPSTREAM_ISSUER discovery failed: the discovery document is of the issuer "https:\/\/id\.example\.com\/": set UPSTREAM_ISSUER/m,
    {
      env: { UPSTREAM_ISSUER: `${PLAIN.issuer}/realms/x` },
      quirks: { issuer: `${PLAIN.issuer}/realms/x`, discoveredIssuer: `${PLAIN.issuer}/` },
    },
  ],
  [/^problem: UPSTREAM_ISSUER discovery failed: .*HS256/m, { quirks: { alg: 'HS256' } }],
  [
    /^note: UPSTREAM_ISSUER the provider can sign with HS256/m,
    { quirks: { metadata: { id_token_signing_alg_values_supported: ['RS256', 'HS256'] } } },
  ],
  [
    /^problem: UPSTREAM_CLIENT_ID the provider does not accept/m,
    { quirks: { authMethod: 'client_secret_post' } },
  ],
  [
    /^problem: UPSTREAM_CLIENT_ID the provider does not accept/m,
    {
      env: { UPSTREAM_ISSUER: 'https://github.com' },
      quirks: {
        issuer: 'https://github.com',
        idToken: undefined,
        endpoints: { token: 'https://github.com/login/oauth/access_token' },
        authMethod: 'client_secret_basic',
        errorsAs200: true,
      },
    },
  ],
  [
    /^note: upstream\.userinfo the provider has no userinfo endpoint/m,
    { quirks: { metadata: { userinfo_endpoint: undefined } } },
  ],
  [
    /^note: UPSTREAM_SCOPES the provider does not list email/m,
    { quirks: { metadata: { scopes_supported: ['openid', 'profile'] } } },
  ],
  [
    /^note: upstream\.refreshTokens the provider does not list offline_access/m,
    { file: ruled, quirks: { metadata: { scopes_supported: ['openid', 'profile', 'email'] } } },
  ],
  [
    /^note: upstream\.refreshTokens the provider does not list the grant type/m,
    { file: ruled, quirks: { metadata: { grant_types_supported: ['authorization_code'] } } },
  ],
  [
    /^note: UPSTREAM_AUTH_METHOD the provider lists only client_secret_post/m,
    {
      env: { UPSTREAM_AUTH_METHOD: 'client_secret_basic' },
      quirks: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } },
    },
  ],
  [
    /^note: access\.claims the provider does not list the claims of groups/m,
    {
      file: { access: { claims: { groups: 'groups', name: 'name' } } },
      quirks: { metadata: { claims_supported: ['sub', 'name'] } },
    },
  ],
  [/^problem: RESOURCES .*cannot be read \(HTTP 404\)/m, { metadata: 404 }],
  [/^problem: RESOURCES .*cannot be read/m, { metadata: 503 }],
  [/^problem: RESOURCES .*no JSON object/m, { metadata: ['x'] }],
  [
    /^problem: RESOURCES .*says that the resource is "https:\/\/mcp\.example\.com\/other"/m,
    { metadata: { ...RIGHT, resource: 'https://mcp.example.com/other' } },
  ],
  [
    /^problem: RESOURCES .*does not list https:\/\/auth\.example\.com in/m,
    { metadata: { ...RIGHT, authorization_servers: ['https://auth.example.com/'] } },
  ],
]

for (const [expected, given] of ONLINE) {
  test(`--online sees: ${expected.source.replaceAll(/[\\^]/g, '')}`, async () => {
    const { stdout, stderr, code } = await check(['--online'], given)
    assert.match(stdout, expected, stderr)
    assert.equal(code, /^problem:/m.test(stdout) ? 1 : 0)
  })
}

test('what a provider or an MCP server says cannot rewrite the screen', async () => {
  const { stdout } = await check(['--online'], {
    metadata: { ...RIGHT, resource: 'https://evil.example/\u001b[2J\u202e' },
  })
  assert.match(stdout, /evil\.example/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the point of the test
  assert.doesNotMatch(stdout, /[\u001b\u202e]/)
})

test('the command prints its help, and an unknown option ends with 2', async () => {
  const run = promisify(execFile)
  const script = 'scripts/check-config.ts'
  const { stdout } = await run(process.execPath, [script, '--help'])
  assert.match(stdout, /--online/)
  const failed = await run(process.execPath, [script, '--nonsense']).catch((error) => error)
  assert.equal(failed.code, 2)
})

test('the command prints what it makes of its environment, and ends with 78 if the server would not start', async () => {
  const check = async (env: Readonly<Record<string, string>>) => {
    const command = spawnNode(['scripts/check-config.ts'], { env })
    const { code } = await command.exit
    const { stdout, stderr } = command
    return { code, stdout, stderr }
  }
  const [right, wrong] = await Promise.all([
    check(ENV),
    // A path of this server's own, which only the command knows: it brings the routes.
    check({
      ...ENV,
      UPSTREAM_REDIRECT_URI: `${ENV.OIDC_ISSUER}/token`,
      SESSION_SECRET: 'short',
    }),
  ])
  assert.deepEqual([right.code, right.stderr], [0, ''])
  assert.match(right.stdout, /^upstream\.preset: openid$/m)
  assert.ok(!right.stdout.includes(ENV.SESSION_SECRET))
  assert.deepEqual([wrong.code, wrong.stdout], [78, ''])
  assert.match(wrong.stderr, /SESSION_SECRET/)
  assert.match(wrong.stderr, /UPSTREAM_REDIRECT_URI/)
})
