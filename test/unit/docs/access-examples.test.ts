// The examples of docs/access.md are loaded as an operator would use them, and decide as the document says.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Config } from '../../../src/config/load.ts'
import { generateSigningKeys } from '../../../src/crypto/signing-keys.ts'
import { createAccessPolicy } from '../../../src/domain/access/access-policy.ts'
import { explainAccess } from '../../../src/domain/access/explain-access.ts'
import { parseIdentity } from '../../../src/upstream/identity.ts'
import { loadConfig } from '../../support/load-config.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/access.md'), 'utf8')
const EXAMPLE = /^### ([^\n]+)\n(?:(?!^#)[^\n]*\n)*?```json\n([\s\S]*?)^```/gm
const examples = new Map(
  [...DOCUMENT.matchAll(EXAMPLE)].map(([, title = '', json = '']) => [title, json]),
)

const folder = mkdtempSync(join(tmpdir(), 'access-examples-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const jwks = JSON.stringify(await generateSigningKeys())

function load(title: string, issuer: string): Config {
  const json = examples.get(title) ?? assert.fail(`docs/access.md has no example "${title}"`)
  const path = join(folder, `${title}.json`)
  writeFileSync(path, json)
  return loadConfig({
    OIDC_ISSUER: 'https://auth.example.com',
    UPSTREAM_ISSUER: issuer,
    UPSTREAM_CLIENT_ID: 'mcp',
    UPSTREAM_CLIENT_SECRET: 'secret-of-the-test',
    JWKS: jwks,
    SESSION_SECRET: 's'.repeat(32),
    RESOURCES: json.includes('resourceServers') ? '' : 'https://mcp.example.com/mcp',
    CONFIG_FILE: path,
  })
}

type Claims = Readonly<Record<string, unknown>>

const verified = (email: string, rest: Claims = {}): Claims => ({
  sub: '1',
  email,
  email_verified: true,
  ...rest,
})
const ALL = ['mcp:tools']
const CRM = 'https://mcp.example.com/crm'
const WIKI = 'https://mcp.example.com/wiki'
const BUILD = 'https://mcp.example.com/build'
const TOOLS = 'https://mcp.example.com/mcp'
const GITHUB = { id: 7, login: 'ada' }

/** What a person gets of each MCP server: scopes, or the rule that refuses; null: no rule allows them. */
type Gets = Readonly<Record<string, readonly string[] | string | null>>

const PEOPLE: Readonly<
  Record<string, { issuer: string; people: Readonly<Record<string, [Claims, Gets]>> }>
> = {
  'One domain': {
    issuer: 'https://login.example.com',
    people: {
      'a colleague': [verified('ada@example.com'), { [TOOLS]: ALL }],
      'a colleague whose address is not verified': [
        { sub: '1', email: 'ada@example.com' },
        { [TOOLS]: null },
      ],
      'the auditor': [verified('Ines@Audit.example'), { [TOOLS]: ALL }],
      'another auditor': [verified('eva@audit.example'), { [TOOLS]: null }],
    },
  },
  'A group for each MCP server': {
    issuer: 'https://login.example.com',
    people: {
      'a writer': [
        { sub: '1', groups: ['crm-writers'] },
        { [CRM]: ['crm:read', 'crm:write'], [WIKI]: ['wiki:read'] },
      ],
      'a reader': [
        { sub: '1', groups: ['x', 'crm-readers'] },
        { [CRM]: ['crm:read'], [WIKI]: ['wiki:read'] },
      ],
      'a member of another group': [
        { sub: '1', groups: ['sales'] },
        { [CRM]: null, [WIKI]: ['wiki:read'] },
      ],
      'a person without groups': [verified('ada@example.com'), { [CRM]: null, [WIKI]: null }],
    },
  },
  'Staff, but no contractors': {
    issuer: 'https://login.example.com',
    people: {
      'a colleague': [verified('ada@example.com', { employee_type: 'internal' }), { [TOOLS]: ALL }],
      'a contractor': [
        verified('bob@example.com', { employee_type: 'external' }),
        { [TOOLS]: 'contractors' },
      ],
      'a person without the claim': [verified('eva@example.com'), { [TOOLS]: 'contractors' }],
      'a stranger with the claim': [
        verified('eve@evil.example', { employee_type: 'internal' }),
        { [TOOLS]: null },
      ],
    },
  },
  'Google Workspace only': {
    issuer: 'https://accounts.google.com',
    people: {
      'a colleague': [verified('ada@example.com', { hd: 'example.com' }), { [TOOLS]: ALL }],
      'a personal account with an address of the domain': [
        verified('ada@example.com'),
        { [TOOLS]: null },
      ],
      'another Workspace’s account': [
        verified('ada@example.com', { hd: 'evil.example' }),
        { [TOOLS]: null },
      ],
      'a personal account': [verified('ada@gmail.example'), { [TOOLS]: null }],
    },
  },
  'A GitHub organisation': {
    issuer: 'https://github.com',
    people: {
      'a member': [{ ...GITHUB, organizations: ['acme'], teams: [] }, { [BUILD]: ['build:run'] }],
      'a member of the team': [
        { ...GITHUB, organizations: ['acme'], teams: ['acme/platform'] },
        { [BUILD]: ['build:run', 'build:admin'] },
      ],
      'a team of the same name elsewhere': [
        { ...GITHUB, organizations: ['evil'], teams: ['evil/platform'] },
        { [BUILD]: null },
      ],
      'a person who belongs to no organisation': [
        { ...GITHUB, organizations: [], teams: [] },
        { [BUILD]: null },
      ],
    },
  },
}

test('docs/access.md has five examples, and each is tested', () => {
  assert.deepEqual([...examples.keys()], Object.keys(PEOPLE))
})

for (const [title, { issuer, people }] of Object.entries(PEOPLE)) {
  test(`example "${title}" decides as docs/access.md says`, () => {
    const config = load(title, issuer)
    const policy = createAccessPolicy(config)
    for (const [who, [claims, gets]] of Object.entries(people)) {
      const subject = parseIdentity(claims, {}, config.upstream)
      const { resources } = explainAccess({ policy, servers: config.resourceServers, subject })
      const found = resources.map(({ resource, ...decision }) => [
        resource,
        decision.kind === 'allowed' ? decision.scopes : (decision.rule ?? null),
      ])
      assert.deepEqual(Object.fromEntries(found), gets, who)
    }
  })
}
