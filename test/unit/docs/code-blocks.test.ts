// Every code block of README and docs is tried here, or says with a mark where it runs or why it does not:
// docs/testing.md has the grammar.
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileSchema } from '../../../src/config/file-schema.ts'
import { environmentSchema, SECRET_SETTINGS } from '../../../src/config/schema.ts'
import {
  blocksOf,
  type CodeBlock,
  DOCUMENTS,
  findFiles,
  readText,
} from '../../support/documents.ts'

const blocks = DOCUMENTS.flatMap((document) => blocksOf(document))
const placeOf = ({ document, line }: CodeBlock) => `${document}:${line}`
const places = (found: readonly CodeBlock[]) => found.map(placeOf)
const ofKind = (kind: string) => blocks.filter(({ mark }) => mark?.kind === kind)

/** NAME=value on each line, and nothing else: settings for an env file. */
const SETTING = /^([A-Z][A-Z0-9_]*)=(.*)$/
const linesOf = ({ text }: CodeBlock) =>
  text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('# '))
const isSettings = (block: CodeBlock) =>
  linesOf(block).length > 0 &&
  linesOf(block).every((line) => SETTING.test(line.replace(/^# ?/, '')))

const FILE_KEYS = Object.keys(fileSchema.shape)

/** A configuration file, or some of its members. Undefined: it is something else. */
function readConfiguration({ language, text }: CodeBlock): Record<string, unknown> | undefined {
  if (!/^jsonc?$/.test(language)) return undefined
  const plain = text.replaceAll(/^\s*\/\/.*$/gm, '').trim()
  for (const json of [plain, `{${plain}}`]) {
    try {
      const value: unknown = JSON.parse(json)
      if (typeof value !== 'object' || value === null) return undefined
      return Object.keys(value).some((key) => FILE_KEYS.includes(key))
        ? (value as Record<string, unknown>)
        : undefined
    } catch {
      // Members without the braces around them are tried next.
    }
  }
  return undefined
}

const DEFAULTS: Record<string, unknown> = JSON.parse(readText('config/default.json'))
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

test('every code block is a drawing, a configuration, settings, or has a mark', () => {
  assert.ok(blocks.length > 40, `${blocks.length} blocks found`)
  const unmarked = blocks.filter(
    (block) =>
      block.mark === undefined &&
      block.language !== 'text' &&
      !isSettings(block) &&
      readConfiguration(block) === undefined,
  )
  assert.deepEqual(places(unmarked), [], 'run them in a test, or mark them as docs/testing.md says')
})

test('every comment in front of a code block follows the grammar of marks', () => {
  const strange = blocks.filter(({ otherComment }) => otherComment !== undefined)
  assert.deepEqual(places(strange), [])
})

test('a block that is not run gives a reason of at least three words', () => {
  const bare = ofKind('not run').filter(({ mark }) => (mark?.text.split(/\s+/).length ?? 0) < 3)
  assert.deepEqual(places(bare), [])
})

test('every configuration in a code block passes the schema of the file', () => {
  const configurations = blocks.flatMap((block) => {
    const value = readConfiguration(block)
    return value === undefined ? [] : [{ block, value }]
  })
  assert.ok(configurations.length > 8, `${configurations.length} found`)
  for (const { block, value } of configurations) {
    // As read-file.ts merges a file over the defaults.
    const merged = { ...DEFAULTS }
    for (const [key, member] of Object.entries(value)) {
      const base = merged[key]
      merged[key] = isObject(base) && isObject(member) ? { ...base, ...member } : member
    }
    assert.deepEqual(fileSchema.safeParse(merged).error?.issues ?? [], [], placeOf(block))
  }
})

const SETTINGS: ReadonlySet<string> = new Set([
  ...Object.keys(environmentSchema.shape),
  ...SECRET_SETTINGS.map((name) => `${name}_FILE`),
])
/** Of MCP servers, not of this one. */
const OF_TEMPLATES = ['OAUTH_ISSUER_URL', 'OAUTH_AUDIENCE']
const PLACEHOLDER = /…|\.\.\.|[A-Z]{4}|^$/

test('every line of a block of settings names a setting, with a value that the server accepts', () => {
  const settings = blocks.filter(isSettings)
  assert.ok(settings.length > 2, `${settings.length} found`)
  for (const block of settings) {
    for (const line of linesOf(block)) {
      const [, name = '', quoted = ''] = SETTING.exec(line.replace(/^# ?/, '')) ?? []
      if (OF_TEMPLATES.includes(name)) continue
      assert.ok(SETTINGS.has(name), `${placeOf(block)} has ${name}`)
      const value = quoted.replace(/\s+#.*$/, '').replace(/^(['"])(.*)\1$/, '$2')
      if (PLACEHOLDER.test(value) || name.endsWith('_FILE')) continue
      const rule = environmentSchema.shape[name as keyof typeof environmentSchema.shape]
      assert.deepEqual(rule.safeParse(value).error?.issues ?? [], [], `${placeOf(block)} ${name}`)
    }
  }
})

const scripts: Record<string, string> = JSON.parse(readText('package.json')).scripts

/**
 * What a test that runs the line has in its source, one of these: the program, its folder, or the words of the command.
 * Undefined: the line starts nothing that is known here.
 */
function tracesOf(line: string): readonly string[] | undefined {
  const [, words] =
    /(?:npm run -s admin --|scripts\/admin\.ts) ([a-z]+(?: [a-z]+)?)/.exec(line) ?? []
  const inQuotes = words?.split(' ').map((word) => `'${word}'`) ?? []
  if (words) return ['scripts/admin.ts', inQuotes.join(', '), ...inQuotes.slice(0, 1)]
  const [, name] = /\bnpm (?:run (?:-s )?)?(?!ci\b)([\w:-]+)/.exec(line) ?? []
  const [script] = /(?:docs\/samples|scripts)\/[\w-]+\.\w+/.exec(scripts[name ?? ''] ?? line) ?? []
  if (script) return [script, script.replace('.ts', '/'), `'${name}'`]
  if (name) return [`'${name}'`]
  return /\bdocker (build|compose|run)\b/.test(line) ? ['Dockerfile', 'docker-compose'] : undefined
}

/** Not only in a comment: as the end of a path in quotes, or by one that test/support reads. */
const readsDocument = (source: string, document: string) =>
  ['"', "'", '`'].some((quote) => source.includes(`${basename(document)}${quote}`))

test('a block that a test runs is read by that test, or has only programs that the test starts', () => {
  const wrong = ofKind('run by').flatMap((block) => {
    const file = block.mark?.text ?? ''
    if (!/^test\/.*\.test\.ts$/.test(file) || findFiles(file).length === 0) {
      return [`${placeOf(block)}: ${file} is no test`]
    }
    const source = readText(file)
    if (readsDocument(source, block.document)) return []
    return linesOf(block)
      .filter((line) => !tracesOf(line)?.some((trace) => source.includes(trace)))
      .map((line) => `${placeOf(block)}: ${file} does not run "${line}"`)
  })
  assert.deepEqual(wrong, [])
})

const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

test('every line of an excerpt is in the file that it names, in the same order', () => {
  const wrong = ofKind('excerpt of').flatMap((block) => {
    const file = block.mark?.text ?? ''
    if (findFiles(file).length === 0) return [`${placeOf(block)}: there is no ${file}`]
    const source = squeeze(readText(file))
    let at = 0
    return block.text
      .split(/\n|…/)
      .map(squeeze)
      .filter((part) => {
        const found = source.indexOf(part, at)
        at = Math.max(at, found + part.length)
        return found === -1
      })
      .map((part) => `${placeOf(block)}: ${file} does not have "${part}" there`)
  })
  assert.deepEqual(wrong, [])
})

test('a code block without a mark, with a stale mark or with a stale setting would be noticed', () => {
  const [bare] = blocksOf('x.md', 'a\n```sh\nnpm run demo\n```\n')
  assert.ok(bare && bare.mark === undefined && !isSettings(bare) && bare.line === 2)
  const [marked] = blocksOf(
    'x.md',
    '<!-- not run: needs a tenant of yours -->\n```sh\ncurl x\n```\n',
  )
  assert.deepEqual(marked?.mark, { kind: 'not run', text: 'needs a tenant of yours' })
  const [other] = blocksOf('x.md', '<!-- not-run: needs a tenant -->\n```sh\ncurl x\n```\n')
  assert.equal(other?.otherComment, 'not-run: needs a tenant')
  const [settings] = blocksOf('x.md', '```sh\nOIDC_ISSUERS=https://a.example\n```\n')
  assert.ok(settings && isSettings(settings) && !SETTINGS.has('OIDC_ISSUERS'))
})
