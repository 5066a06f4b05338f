// docs/troubleshooting.md: every section has the message, the cause and the fix. Messages of ours are those of the source,
// messages of the SDKs and of jose are those of the installed packages, and all others name where they were reported.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IssuerMismatchError } from '@modelcontextprotocol/client'
import { fileSchema } from '../../../src/config/file-schema.ts'
import { CATALOGUES } from '../../../src/http/views/locales/catalogues.ts'
import { findHint } from '../../../src/log-hints.ts'
import {
  ACCESS_REFUSED,
  ENGINE_SYMPTOMS,
  FAULT_SYMPTOMS,
  RESOURCE_NOT_NAMED,
  type Symptom,
} from '../../../src/symptoms.ts'
import { findFiles, readText } from '../../support/documents.ts'

const DOCUMENT = 'docs/troubleshooting.md'
const SECTION = /^### ([^\n]+)\n([\s\S]*?)(?=^##|(?![\s\S]))/gm
const sections = [...readText(DOCUMENT).matchAll(SECTION)].map(([, title = '', body = '']) => ({
  title,
  anchor: title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-'),
  body,
}))
const anchors = new Set(sections.map(({ anchor }) => anchor))

interface Message {
  readonly section: string
  readonly seenIn: readonly string[]
  readonly text: string
  readonly rest: string
}

const MESSAGE = /^- ((?:[A-Z][\w. -]*|jose)(?:, [A-Z][\w. -]*)*): `([^`]+)`(.*)$/gm
const messages: readonly Message[] = sections.flatMap(({ title, body }) =>
  [...body.matchAll(MESSAGE)].map(([, names = '', text = '', rest = '']) => ({
    section: title,
    seenIn: names.split(', '),
    text,
    rest,
  })),
)

/** As it reads when it runs: literals that are added up are one text. */
function sourceOf(path: string): string {
  return readText(path).replaceAll(/(['"`])\s*\+\s*(['"`])/g, '')
}

const ours = findFiles('src/**/*.ts')
  .filter((path) => !path.endsWith('log-hints.ts'))
  .map(sourceOf)
const views = findFiles(['src/http/views/**/*.ts', 'src/faults.ts']).map(sourceOf)
const packages = (patterns: string[]) =>
  findFiles(patterns.map((pattern) => `node_modules/${pattern}`)).map(readText)
/** Messages that are put together only when they occur. */
const faultsOfFile = fileSchema
  .safeParse({ unknown: 1 })
  .error?.issues.map(({ message }) => message)
const mismatches = (['metadata', 'authorization_response'] as const).map(
  (kind) => new IssuerMismatchError(kind, 'expected', 'received').message,
)

/** The texts that a message must be found in, by where it is seen. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  Page: views,
  Log: ours,
  Answer: ours,
  Check: ours,
  'Start-up': [...ours, ...(faultsOfFile ?? [])],
  'SDK 1.x': packages(['@modelcontextprotocol/sdk/dist/esm/client/*.js']),
  'SDK 2.x': [...packages(['@modelcontextprotocol/client/dist/*.mjs']), ...mismatches],
  jose: ['aud', 'iss'].flatMap((claim) =>
    packages(['jose/dist/webapi/**/*.js']).map((text) => text.replaceAll(/\$\{claim\}/g, claim)),
  ),
}

/** `…` in the message stands for anything, and so does an HTTP status. */
const HOLE = /…|(?<=HTTP )\d{3}/

function occurs(text: string, source: string): boolean {
  let at = 0
  for (const part of text.split(HOLE).filter((piece) => piece.trim().length > 1)) {
    const found = source.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return true
}

const withoutSetting = (text: string) => text.replace(/^[A-Z_]+(?: [\w.…]+)?: /, '')

test('troubleshooting has at least 25 sections, each with messages, a cause and a fix', () => {
  assert.ok(sections.length >= 25, `${sections.length} sections`)
  assert.equal(anchors.size, sections.length, 'no two sections have the same name')
  const incomplete = sections.filter(
    ({ title, body }) =>
      !messages.some(({ section }) => section === title) ||
      !/^\*\*Cause\.\*\* \S/m.test(body) ||
      !/^\*\*Fix\.\*\* \S/m.test(body),
  )
  assert.deepEqual(
    incomplete.map(({ title }) => title),
    [],
  )
})

test('every line of a list of messages is a message', () => {
  const strange = sections.flatMap(({ body }) => {
    const [list = ''] = body.split('**Cause.**')
    return list.split('\n').filter((line) => line.startsWith('-') && !line.match(MESSAGE))
  })
  assert.deepEqual(strange, [])
})

test('every message of this server, of the SDKs and of jose is in the source, word for word', () => {
  const checked = messages.flatMap(({ section, seenIn, text }) =>
    seenIn
      .filter((name) => Object.hasOwn(SOURCES, name))
      .map((name) => ({ section, name, text: name === 'Start-up' ? withoutSetting(text) : text })),
  )
  assert.ok(checked.length > 80, `${checked.length} messages`)
  const missing = checked.filter(
    ({ name, text }) => !SOURCES[name]?.some((source) => occurs(text, source)),
  )
  assert.deepEqual(missing, [])
})

test('every message of another program names the report that quotes it', () => {
  const unsourced = messages.filter(
    ({ seenIn, rest }) =>
      !seenIn.every((name) => Object.hasOwn(SOURCES, name)) && !/\]\(https:\/\/\S+\)/.test(rest),
  )
  assert.deepEqual(unsourced, [])
})

test('a changed message of ours would be noticed', () => {
  assert.ok(!views.some((source) => occurs('This client is not know here', source)))
  assert.ok(ours.some((source) => occurs('the SQLite file … is damaged', source)))
  assert.ok(!ours.some((source) => occurs('the SQLite file … is gone for ever', source)))
})

/** The messages of the calls that log a warning or an error, if they are literals. */
function messagesOf(source: string): string[] {
  return [...source.matchAll(/\.(?:warn|error|fatal)\(/g)].flatMap(({ 0: call, index }) => {
    const start = index + call.length
    let depth = 1
    let end = start
    for (; depth > 0 && end < source.length; end += 1) {
      if (source[end] === '(') depth += 1
      if (source[end] === ')') depth -= 1
    }
    return /'([^']+)',?\s*$/.exec(source.slice(start, end - 1))?.[1] ?? []
  })
}

/** Lines that are explained where they appear: by the command that prints them, or by `code` (symptoms.ts). */
const NEED_NO_SECTION = [
  'a server used the store during the export: the file may lack its changes',
  'client revoked',
  'request failed',
  'store backed up',
  'store exported',
  'store imported',
]

test('every warning and error of the log has a section', () => {
  const logged = new Set(ours.flatMap(messagesOf))
  assert.ok(logged.size > 30, `${logged.size} found`)
  const without = [...logged].filter((message) => findHint(message) === undefined)
  assert.deepEqual(without.toSorted(), NEED_NO_SECTION)
})

const HINT = /^ {2}'([^']+)':\s+'([a-z-]+)',$/gm
const hints = [...readText('src/log-hints.ts').matchAll(HINT)]

test('every hint leads from a message that is logged to a section that exists', () => {
  assert.ok(hints.length > 25, `${hints.length} hints`)
  const stale = hints.filter(
    ([, message = '', anchor = '']) =>
      !anchors.has(anchor) || !ours.some((source) => source.includes(message)),
  )
  assert.deepEqual(
    stale.map(([line]) => line.trim()),
    [],
  )
})

const symptoms = new Set<Symptom>([
  ...Object.values(FAULT_SYMPTOMS),
  ...Object.values(ENGINE_SYMPTOMS),
  RESOURCE_NOT_NAMED,
  ACCESS_REFUSED,
])

test('every error page and every fault leads to a section that exists', () => {
  assert.deepEqual(
    [...symptoms].filter((symptom) => !anchors.has(symptom)),
    [],
  )
})

test('every section that an error page leads to quotes the title of the page', () => {
  const { problems } = CATALOGUES.en
  const titles = Object.entries(problems).map(([symptom, { title }]) => ({ symptom, title }))
  const unquoted = titles.filter(({ symptom, title }) => {
    const { body = '' } = sections.find(({ anchor }) => anchor === symptom) ?? {}
    return !body.includes(`- Page: \`${title}\``)
  })
  assert.deepEqual(unquoted, [])
})

/** `reason: 'admin'`, and the members of a union of such texts. */
const REASON = /\breason: ((?:'\w+'(?: \| )?)+)/g
/** Of other lines. */
const OTHER_REASONS = ['account_disabled']

test('every reason for which the log says that access ended is explained', () => {
  const { body = '' } = sections.find(({ anchor }) => anchor === 'signed-out-again-and-again') ?? {}
  const explained = new Set([...body.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
  const reasons = new Set(
    ours
      .flatMap((source) => [...source.matchAll(REASON)].map(([, names = '']) => names))
      .flatMap((names) => names.split(' | ').map((name) => name.replaceAll("'", ''))),
  )
  assert.ok(reasons.size > 8, `${reasons.size} found`)
  assert.deepEqual(
    [...reasons].filter((name) => !explained.has(name) && !OTHER_REASONS.includes(name)),
    [],
  )
})
