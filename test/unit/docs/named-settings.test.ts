// The settings, npm scripts and commands that documents name exist.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeSchema } from '../../../scripts/docs/describe-schema.ts'
import { COMMON_OPTIONS } from '../../../src/admin/command.ts'
import { COMMANDS } from '../../../src/admin/commands.ts'
import { fileSchema } from '../../../src/config/file-schema.ts'
import { environmentSchema, SECRET_SETTINGS } from '../../../src/config/schema.ts'
import { blocksOf, DOCUMENTS, findFiles, readText, spansOf } from '../../support/documents.ts'

/** Names in programs are their own. */
const PROGRAMS = ['ts', 'python', 'go']

const named = DOCUMENTS.map((document) => ({
  document,
  code: [
    ...spansOf(document),
    ...blocksOf(document)
      .filter(({ language }) => !PROGRAMS.includes(language))
      .map(({ text }) => text),
  ],
}))

/** What the pattern finds in the code of all documents, with the document. */
function collect(pattern: RegExp): { document: string; name: string }[] {
  return named.flatMap(({ document, code }) =>
    code.flatMap((text) =>
      [...text.matchAll(pattern)].map(([, name = '']) => ({ document, name: name.trim() })),
    ),
  )
}

/** Variables of other programs, of the tests, and placeholders of examples. */
const OTHERS = [
  'ALL_PROXY',
  'CLIENT_ID',
  'CHROMIUM_PATH',
  'DEV_MCP_PORT',
  'DEV_MCP_URL',
  'DEV_SERVER_PORT',
  'DEV_SERVER_URL',
  'DEV_UPSTREAM_PORT',
  'HTTP_PROXY',
  'MCP_USE_ANONYMIZED_TELEMETRY',
  'NAME_FILE',
  'NODE_EXTRA_CA_CERTS',
  'OAUTH_AUDIENCE',
  'OAUTH_ISSUER_URL',
  'RENEW_DOCS',
  'TEST_CC',
  'TEST_NGINX',
  'TEST_PYTHON',
  'TEST_REDIS_SERVER',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'XMCP_TELEMETRY_DISABLED',
]

const NAME = /(?<![\w./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w-])/g
/** Secrets of examples: a configuration in the same document names them. */
const ofExamples = new Set(collect(/"\w+Env": "([A-Z0-9_]+)"/g).map(({ name }) => name))

const settings = new Set([
  ...Object.keys(environmentSchema.shape),
  ...SECRET_SETTINGS.map((name) => `${name}_FILE`),
])
const isVariable = (name: string) =>
  settings.has(name) || OTHERS.includes(name) || ofExamples.has(name.replace(/_FILE$/, ''))

test('every setting of the environment that a document names exists', () => {
  const found = collect(NAME)
  assert.ok(found.length > 200, `${found.length} found`)
  assert.deepEqual(
    found.filter(({ name }) => !isVariable(name)),
    [],
    'correct the name, or add a variable of another program to this test',
  )
})

test('every variable that this test excuses is still named by a document', () => {
  const found = new Set(collect(NAME).map(({ name }) => name))
  assert.deepEqual(
    OTHERS.filter((name) => !found.has(name)),
    [],
  )
})

const paths = describeSchema(fileSchema).map(({ path }) => path.replaceAll('[]', ''))
const topLevel = Object.keys(fileSchema.shape)
const isKey = (name: string) => {
  const plain = name.replaceAll(/\[\]|\.\d+(?=\.|$)/g, '')
  return paths.some((path) => path === plain || (plain.startsWith(`${path}.`) && isOpen(path)))
}
/** An object with members of the operator's own names. */
const OPEN = ['access.claims', 'upstream.claims', 'upstream.discovery', 'upstream.parameters']
const isOpen = (path: string) => OPEN.includes(path)

test('every key of the configuration file that a document names by its path exists', () => {
  const found = collect(/^([a-z][A-Za-z]*(?:\[\])?(?:\.[A-Za-z-]+(?:\[\])?)+)$/g).filter(
    ({ name }) => topLevel.includes(name.split(/[.[]/)[0] ?? ''),
  )
  assert.ok(found.length > 150, `${found.length} found`)
  assert.deepEqual(
    found.filter(({ name }) => !isKey(name)),
    [],
  )
})

test('every key that ends in Seconds and that a document names is a key of the configuration file', () => {
  const members = new Set(paths.map((path) => path.split('.').at(-1)))
  assert.deepEqual(
    collect(/(?<![\w.])([a-z]\w*Seconds)\b/g)
      // Of Kubernetes.
      .filter(({ name }) => name !== 'terminationGracePeriodSeconds')
      .filter(({ name }) => !members.has(name)),
    [],
  )
})

const scripts: Record<string, string> = JSON.parse(readText('package.json')).scripts

test('every npm script that a document names exists', () => {
  const found = [...collect(/\bnpm run (?:-s )?([\w:-]+)/g), ...collect(/\bnpm (test|start)\b/g)]
  assert.ok(found.length > 40, `${found.length} found`)
  assert.deepEqual(
    found.filter(({ name }) => !Object.hasOwn(scripts, name)),
    [],
  )
})

test('every option of an npm script that a document names is read by the script', () => {
  const found = collect(/\bnpm run (?:-s )?((?!admin\b)[\w:-]+ -- --[^\n`]*)/g)
  assert.ok(found.length > 8, `${found.length} found`)
  const wrong = found.flatMap(({ document, name: line }) => {
    const [script = ''] = line.split(' ')
    const file = /scripts\/[\w-]+/.exec(scripts[script] ?? '')?.[0] ?? ''
    const source = findFiles([
      `${file}.ts`,
      `${file}/**/*.ts`,
      `src/${script.replace('check-config', 'config-check')}/**/*.ts`,
    ])
      .map(readText)
      .join('\n')
    return [...line.matchAll(/--([a-z][\w-]*)/g)]
      .map(([, option = '']) => option)
      .filter((option) => !new RegExp(`--${option}\\b|\\b${option}: \\{ type`).test(source))
      .map((option) => ({ document, script, option }))
  })
  assert.deepEqual(wrong, [])
})

const ADMIN = /(?:npm run -s admin --|scripts\/admin\.ts|^admin) ([a-z][^\n`]*)/g

test('every command of the administration that a document names exists, with its options', () => {
  const found = collect(ADMIN)
  assert.ok(found.length > 15, `${found.length} found`)
  const wrong = found.filter(({ name: line }) => {
    const command = COMMANDS.find(({ name }) => line === name || line.startsWith(`${name} `))
    const options = { ...COMMON_OPTIONS, ...command?.options }
    const used = [...line.matchAll(/--([a-z][\w-]*)/g)].map(([, option = '']) => option)
    return !command || used.some((option) => !Object.hasOwn(options, option))
  })
  assert.deepEqual(wrong, [])
})

test('a name that does not exist would be noticed', () => {
  assert.ok(!isVariable('UPSTREAM_ISUER') && isVariable('JWKS_FILE'))
  assert.ok(!isKey('lifetimes.accessTokenSecond') && isKey('resourceServers[].name'))
  assert.ok(isKey('access.claims.groups') && !isKey('access.claim'))
})
