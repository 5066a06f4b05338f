import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../../config/default.json' with { type: 'json' }
import { createClientTrust } from '../../../../src/domain/client-trust/client-trust.ts'
import type { ClientOrigin } from '../../../../src/domain/known-clients.ts'
import { clientMatrix } from '../../../fixtures/client-matrix.ts'

interface Settings {
  readonly wellKnownClients?: Parameters<typeof createClientTrust>[0]['wellKnownClients']
  readonly allowedHosts?: readonly string[]
  readonly forwardingRedirectUris?: readonly string[]
  readonly registration?: 'open' | 'token'
}

/** The default configuration with a client "Acme Notes". */
function configOf({
  wellKnownClients,
  allowedHosts,
  forwardingRedirectUris,
  registration,
}: Settings) {
  const { clientDocuments, consent } = defaults
  const notes = {
    clientId: 'notes',
    clientName: 'Acme Notes',
    redirectUris: ['https://notes.acme.example/callback', 'http://127.0.0.1/callback'],
    clientUri: undefined,
    clientSecret: undefined,
    keys: undefined,
    postLogoutRedirectUris: [],
    defaultResource: undefined,
  }
  return {
    clients: [notes],
    clientDocuments: { ...clientDocuments, allowedHosts: [...(allowedHosts ?? [])] },
    consent: {
      ...consent,
      mode: 'always' as const,
      forwardingRedirectUris: [...(forwardingRedirectUris ?? consent.forwardingRedirectUris)],
    },
    registration: { mode: registration ?? ('open' as const), token: undefined, management: false },
    wellKnownClients: { ...defaults.wellKnownClients, ...wellKnownClients },
  }
}

const LOOPBACK = 'http://127.0.0.1:33418/callback'
const PRIVATE_USE = 'cursor://anysphere.cursor-mcp/oauth/callback'
const registered: ClientOrigin = { kind: 'registered' }
const documentAt = (host: string): ClientOrigin => ({ kind: 'document', host })

function targetOf(redirectUri: string) {
  const { protocol, host } = new URL(redirectUri)
  if (protocol === 'https:') return { kind: 'https', host } as const
  if (protocol === 'http:') return { kind: 'loopback', host } as const
  return { kind: 'private-use', scheme: protocol.slice(0, -1) } as const
}

function assess(
  name: string,
  {
    origin = registered,
    redirectUri = LOOPBACK,
    id = origin.kind === 'document' ? `https://${origin.host}/client.json` : 'client-1',
    file = {},
  }: { origin?: ClientOrigin; redirectUri?: string; id?: string; file?: Settings } = {},
): string[] {
  const assessClient = createClientTrust(configOf(file))
  const { warnings } = assessClient({
    id,
    name,
    origin,
    redirectUri,
    target: targetOf(redirectUri),
  })
  return warnings.map((warning) =>
    warning.kind === 'imitates' ? `imitates ${warning.name}` : warning.kind,
  )
}

const at = (host: string) => `https://${host}/callback`

// Names as real clients register them (docs/clients.md), and names that must not be taken for one of those.
const REAL: readonly [name: string, options?: Parameters<typeof assess>[1]][] = [
  ['Claude', { redirectUri: at('claude.ai') }],
  ['Claude', { redirectUri: at('claude.com') }],
  ['Claude', { origin: documentAt('claude.ai'), redirectUri: at('claude.ai') }],
  ['Claude Code'],
  ['Claude Code (notes)'],
  ['claude-code'],
  ['ClaudeCode'],
  ['Cursor 🖱️'],
  ['CLAUDE CODE'],
  ['Claude Code', { origin: documentAt('claude.ai') }],
  ['Claude Desktop'],
  ['ChatGPT', { redirectUri: at('chatgpt.com') }],
  ['ChatGPT', { origin: documentAt('chatgpt.com'), redirectUri: at('chatgpt.com') }],
  ['Codex'],
  ['Cursor'],
  ['Cursor', { redirectUri: at('www.cursor.com') }],
  ['Visual Studio Code'],
  ['Visual Studio Code', { redirectUri: 'https://vscode.dev/redirect' }],
  ['Visual Studio Code', { origin: documentAt('vscode.dev') }],
  ['GitHub Copilot CLI', { origin: documentAt('github.com') }],
  ['copilot-cli'],
  ['Gemini CLI MCP Client'],
  ['Goose', { origin: documentAt('goose-docs.ai') }],
  ['MCP Inspector'],
  ['MCP CLI Proxy'],
  ['My MCP Client'],
  ['Cline'],
  ['OpenCode'],
  ['Qwen Code MCP Client'],
  ['Acme Notes'],
  ['Acme Notes', { redirectUri: at('notes.acme.example') }],
]

test('each client of docs/clients.md gets a warning for a private-use scheme or a website of one’s own, and for nothing else', () => {
  for (const { client, identity, redirectUris } of clientMatrix) {
    if ('configured' in identity) continue
    const isDocument = 'document' in identity
    const metadata = isDocument ? identity.document : identity.body
    const id = String(metadata['client_id'] ?? 'client-1')
    const origin = isDocument ? documentAt(new URL(id).host) : registered
    for (const redirectUri of redirectUris) {
      const { protocol, host } = new URL(redirectUri)
      const ofScheme = protocol.startsWith('http') ? [] : ['private-use']
      const expected = host.endsWith('.example') ? ['unknown-address'] : ofScheme
      const warnings = assess(String(metadata['client_name'] ?? ''), { id, origin, redirectUri })
      assert.deepEqual(warnings, expected, `${client} ${redirectUri}`)
    }
  }
})

const UNRELATED = [
  'Notes for Claude',
  'Jean-Claude’s tools',
  'Claudette',
  'Cursor Pagination Tester',
  'Open WebUI',
  'Dine',
  'Клод',
  'Курсор',
  'Κώδικας',
  '克劳德',
  'مساعد',
  'Ärger-Löser',
  'Ça va',
  '🦆',
  '',
  '   ',
  'mcp',
]

for (const [name, options] of REAL) {
  const where = JSON.stringify(options ?? 'on this computer')
  test(`the real client "${name}" gets no warning: ${where}`, () => {
    assert.deepEqual(assess(name, options), [])
  })
}

test('names that only have a word or a letter in common with a known client get no warning', () => {
  for (const name of UNRELATED) {
    assert.deepEqual(assess(name), [], name)
    assert.deepEqual(assess(name, { redirectUri: at('own.example') }), ['unknown-address'], name)
  }
})

const IMITATIONS: readonly [name: string, of: string, how: string][] = [
  ['Сlaude Code', 'Claude', 'a Cyrillic С'],
  ['Clаude', 'Claude', 'a Cyrillic а'],
  ['Сlаudе', 'Claude', 'three Cyrillic letters'],
  ['Cl\u03b1ude', 'Claude', 'a Greek alpha'],
  ['CIaude Code', 'Claude', 'a capital I'],
  ['C1aude', 'Claude', 'a one'],
  ['C|aude', 'Claude', 'a bar'],
  ['Cláude', 'Claude', 'an accent'],
  ['Cla\u0301ude', 'Claude', 'a combining accent'],
  ['𝐂𝐥𝐚𝐮𝐝𝐞 Code', 'Claude', 'mathematical letters'],
  ['Ｃｌａｕｄｅ', 'Claude', 'wide letters'],
  ['ⓒⓛⓐⓤⓓⓔ', 'Claude', 'circled letters'],
  ['🅲🅻🅰🆄🅳🅴', 'Claude', 'squared letters'],
  ['ᴄʟᴀᴜᴅᴇ', 'Claude', 'small capitals'],
  ['Ꮯlaude', 'Claude', 'a Cherokee letter'],
  ['Cl\u0430ude\u200b', 'Claude', 'an invisible character too'],
  ['Cl\u3164aude', 'Claude', 'a filler that is not visible, and a letter to Unicode'],
  ['Cl\u2c6dude', 'Claude', 'a Latin alpha'],
  ['cl\u0430ude\tcode', 'Claude', 'a tab instead of a space'],
  ['Gernini', 'Gemini', 'two letters that look like one'],
  ['Qvven Code', 'Qwen Code', 'two letters that look like one'],
  ['🅲🅻🅸🅽🅴', 'Cline', 'squared letters'],
  ['ChаtGPT', 'ChatGPT', 'a Cyrillic а'],
  ['ChatGPΤ', 'ChatGPT', 'a Greek Tau'],
  ['Сursоr', 'Cursor', 'Cyrillic С and о'],
  ['Curs0r', 'Cursor', 'a zero'],
  ['Сurѕоr ✨', 'Cursor', 'Cyrillic letters and an emoji'],
  ['VisuaI Studio Code', 'Visual Studio Code', 'a capital I'],
  ['VS Сode', 'VS Code', 'a Cyrillic С'],
  ['GitHub Сopilot', 'GitHub Copilot', 'a Cyrillic С'],
  ['Gооse', 'Goose', 'Cyrillic о'],
  ['0penAI', 'OpenAI', 'a zero'],
  ['Αnthropic', 'Anthropic', 'a Greek Alpha'],
  ['Acme Notеs', 'Acme Notes', 'a Cyrillic е, of a configured client'],
]

for (const [name, of, how] of IMITATIONS) {
  test(`an imitation of ${of} is marked: ${how}`, () => {
    assert.deepEqual(assess(name), [`imitates ${of}`])
  })
}

test('a website that bears the name of a known client is marked, however it is written', () => {
  const redirectUri = at('evil.example')
  for (const name of ['Claude', 'claude', 'Official Claude', 'The Claude App', 'C l a u d e']) {
    assert.deepEqual(assess(name, { redirectUri }), ['imitates Claude'], name)
  }
  for (const name of ['Claude — verified domain claude.ai', 'ClaudeCode', 'Claude for Acme']) {
    assert.deepEqual(assess(name, { redirectUri }), ['imitates Claude'], name)
  }
  assert.deepEqual(assess('Cursor', { redirectUri }), ['imitates Cursor'])
  assert.deepEqual(assess('Acme Notes', { redirectUri }), ['imitates Acme Notes'])
})

test('hosts that only look like those of a known client are marked', () => {
  for (const host of ['claude.ai.evil.example', 'xclaude.ai', 'claude.ai:8443', 'a.claude.ai']) {
    assert.deepEqual(assess('Claude', { redirectUri: at(host) }), ['imitates Claude'], host)
  }
})

test('the document of another host does not vouch for the name of a known client, on this computer either', () => {
  const origin = documentAt('evil.example')
  assert.deepEqual(assess('Claude Code', { origin }), ['imitates Claude'])
  assert.deepEqual(assess('Claude', { origin, redirectUri: at('claude.ai') }), ['imitates Claude'])
  const mixed = { origin: documentAt('claude.ai'), redirectUri: at('evil.example') }
  assert.deepEqual(assess('Claude', mixed), ['imitates Claude'])
})

test('a client with another’s name that is not a program on a computer is marked there', () => {
  const file = {
    wellKnownClients: { Portal: { hosts: ['p.example'], onDevice: false, asPrefix: false } },
  }
  assert.deepEqual(assess('Portal', { file }), ['imitates Portal'])
  assert.deepEqual(assess('Portal', { file, redirectUri: at('p.example') }), [])
})

test('a known client whose name says nothing is like no other', () => {
  const wellKnownClients = { 'MCP Client': { hosts: [], onDevice: false, asPrefix: false } }
  assert.deepEqual(assess('The MCP App', { file: { wellKnownClients } }), [])
})

test('a configured client may have any name, and any https address', () => {
  const options = { origin: { kind: 'configured' }, id: 'notes' } as const
  assert.deepEqual(assess('Claude', { ...options, redirectUri: at('evil.example') }), [])
})

test('an unverified client with a website that nobody knows is marked', () => {
  assert.deepEqual(assess('Planner', { redirectUri: at('planner.example') }), ['unknown-address'])
  assert.deepEqual(assess('Planner', { redirectUri: at('claude.ai') }), [])
  const wellKnownClients = {
    Planner: { hosts: ['*.planner.example'], onDevice: false, asPrefix: false },
  }
  const file = { wellKnownClients }
  assert.deepEqual(assess('Planner', { file, redirectUri: at('app.planner.example') }), [])
  const others = ['planner.example', 'xplanner.example']
  for (const host of others) {
    assert.notDeepEqual(assess('Planner', { file, redirectUri: at(host) }), [], host)
  }
})

test('a document vouches for the website of its own domain, and for no other', () => {
  const origin = documentAt('client.planner.example')
  assert.deepEqual(assess('Planner', { origin, redirectUri: at('planner.example') }), [])
  assert.deepEqual(assess('Planner', { origin, redirectUri: at('other.example') }), [
    'unknown-address',
  ])
  const hosted = { origin: documentAt('mallory.github.io'), redirectUri: at('alice.github.io') }
  assert.deepEqual(assess('Planner', hosted), ['unknown-address'])
})

test('an address for which the operator vouches is not marked', () => {
  const redirectUri = at('planner.example')
  const origin = documentAt('other.example')
  const file = { allowedHosts: ['other.example'] }
  assert.deepEqual(assess('Planner', { file, origin, redirectUri }), [])
  assert.deepEqual(assess('Planner', { file: { registration: 'token' }, redirectUri }), [])
})

test('a private-use address is marked, whoever the client is', () => {
  const redirectUri = PRIVATE_USE
  assert.deepEqual(assess('Cursor', { redirectUri }), ['private-use'])
  const options = { origin: { kind: 'configured' }, id: 'notes', redirectUri } as const
  assert.deepEqual(assess('Acme Notes', options), ['private-use'])
  assert.deepEqual(assess('Сursоr', { redirectUri }), ['imitates Cursor', 'private-use'])
})

test('a forwarding website counts as this computer: it is neither unknown nor evidence of a name', () => {
  const file = { forwardingRedirectUris: ['https://forward.example/redirect'] }
  const redirectUri = 'https://forward.example/redirect'
  assert.deepEqual(assess('Planner', { file, redirectUri }), [])
  assert.deepEqual(assess('Claude Code', { file, redirectUri }), [])
  assert.deepEqual(assess('Сlaude Code', { file, redirectUri }), ['imitates Claude'])
})

test('a name of any length is read in linear time', () => {
  const started = performance.now()
  for (const text of ['а'.repeat(1e6), 'a '.repeat(5e5), 'Aa'.repeat(5e5), '\u0301'.repeat(1e6)]) {
    assess(`Claude ${text}`)
  }
  assert.ok(performance.now() - started < 2000)
})
