// `policy explain`: the same answer as a sign-in would get, without one.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Config } from '../../../src/config/load.ts'
import { admin, adminJson } from '../../support/admin.ts'
import { logIn } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { startTestServer } from '../../support/server.ts'
import { serverEnvironment } from '../../support/server-process.ts'

const CRM = 'https://mcp.example.com/crm'
const WIKI = 'https://mcp.example.com/wiki'
const FILE = {
  resourceServers: [
    { resource: CRM, name: 'CRM', scopes: { 'crm:read': 'Read', 'crm:write': 'Write' } },
    { resource: WIKI, name: 'Wiki', scopes: { 'wiki:read': 'Read' } },
  ],
  access: {
    claims: { groups: 'groups', employment: 'employment' },
    rules: [
      {
        name: 'staff',
        when: { emailDomain: ['example.com'] },
        resources: [WIKI],
        scopes: ['*'],
      },
      {
        name: 'crm readers',
        when: { claim: 'groups', anyOf: ['crm-*'] },
        resources: [CRM],
        scopes: ['crm:read'],
      },
      {
        name: 'contractors',
        effect: 'deny',
        when: { claim: 'employment', equals: 'external' },
      },
    ],
  },
}

let directory: string
let env: Record<string, string>
let config: Config

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'policy-'))
  const CONFIG_FILE = join(directory, 'config.json')
  await writeFile(CONFIG_FILE, JSON.stringify(FILE))
  env = { ...(await serverEnvironment(4000)), RESOURCES: '', CONFIG_FILE }
  config = loadConfig(env)
})
after(() => rm(directory, { recursive: true, force: true }))

async function fileWith(claims: unknown): Promise<string> {
  const path = join(directory, 'claims.json')
  await writeFile(path, typeof claims === 'string' ? claims : JSON.stringify(claims))
  return path
}

const ADA = { email: 'ada@example.com', email_verified: true, groups: ['crm-admins'] }

test('policy explain says which rules count, and what the person gets at each MCP server', async () => {
  const { code, stdout } = await admin(config, 'policy', 'explain', '--claims', await fileWith(ADA))
  assert.equal(code, 0)
  assert.match(stdout, /^verified e-mail +ada@example\.com$/m)
  assert.match(stdout, /^staff +allow +yes +yes$/m)
  assert.match(stdout, /^contractors +deny +no +no$/m)
  assert.match(stdout, /mcp\.example\.com\/crm +yes +crm:read +crm readers$/m)
  assert.match(stdout, /mcp\.example\.com\/wiki +yes +wiki:read +staff$/m)

  const denied = await fileWith({ ...ADA, employment: 'external' })
  const json = await adminJson(config, 'policy', 'explain', '--claims', denied, '--resource', CRM)
  assert.deepEqual(json['resources'], [{ resource: CRM, kind: 'refused', rule: 'contractors' }])
  const unverified = await fileWith({ ...ADA, email_verified: false, groups: [] })
  const nobody = await admin(config, 'policy', 'explain', '--claims', unverified)
  assert.match(nobody.stdout, /^verified e-mail +-$/m)
  assert.match(nobody.stdout, /\/wiki +no +- +no rule allows it$/m)
})

test('claims that a sign-in would not accept are refused, and say why', async () => {
  const path = await fileWith({ tid: 'another', oid: '1', sub: '1' })
  const entra = loadConfig({
    ...env,
    UPSTREAM_ISSUER: 'https://login.microsoftonline.com/organizations/v2.0',
    UPSTREAM_PRESET: 'entra',
    UPSTREAM_CLIENT_SECRET: 'a secret of the upstream',
    UPSTREAM_TENANTS: '11111111-2222-3333-4444-555555555555',
  })
  const { code, stderr } = await admin(entra, 'policy', 'explain', '--claims', path)
  assert.equal(code, 1)
  assert.match(stderr, /the claim tid names no tenant of UPSTREAM_TENANTS/)
  const strange = await admin(config, 'policy', 'explain', '--claims', await fileWith({ sub: 5 }))
  assert.match(strange.stderr, /sub must be text/)
})

test('a command line that names no person, a bad file or an unknown MCP server is refused', async () => {
  const claims = await fileWith(ADA)
  const explain = (...args: string[]) => admin(config, 'policy', 'explain', ...args)
  assert.equal((await explain()).code, 2)
  assert.equal((await explain('--claims', claims, '--account', 'ada')).code, 2)
  const unknown = await explain('--claims', claims, '--resource', 'https://mcp.example.com/x')
  assert.match(unknown.stderr, /no MCP server is configured as https:\/\/mcp\.example\.com\/x/)
  assert.equal(unknown.code, 1)
  for (const content of ['{', '[]', '"a"']) {
    assert.equal((await explain('--claims', await fileWith(content))).code, 1)
  }
  assert.equal((await explain('--claims', join(directory, 'missing'))).code, 1)
})

test('an account is explained by what the upstream said about it', async (t) => {
  const server = await startTestServer({
    env: { STORE_URL: `sqlite:${join(directory, 'store.db')}` },
  })
  t.after(server.close)
  await logIn(server.issuer)
  const args = ['policy', 'explain', '--account', 'ada@example.com'] as const
  assert.match((await admin(server.config, ...args)).stdout, /There are no access rules/)
  const ruled: Config = { ...server.config, access: config.access }
  assert.match((await admin(ruled, ...args)).stdout, /^staff +allow +yes +yes$/m)
})
