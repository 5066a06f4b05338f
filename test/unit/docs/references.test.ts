// Every reference leads somewhere: paths and links in the documents, and rows of docs/requirements.md that
// the sources cite.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../../..')
const find = (pattern: string | string[]) => globSync(pattern, { cwd: ROOT })
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const matchesOf = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, match = '']) => match)

const documents = find(['*.md', 'docs/**/*.md'])

const FENCED = /^```[^\n]*\n([\s\S]*?)^```/gm
const SPAN = /`([^`\n]+)`/g
const PATH = /(?<![\w./-])((?:src|test|docs|scripts|config)\/[\w./*-]*)/g

function pathsIn(markdown: string): string[] {
  const code = [...matchesOf(markdown, FENCED), ...matchesOf(markdown.replace(FENCED, ''), SPAN)]
  return code.flatMap((text) => matchesOf(text, PATH)).map((path) => path.replace(/[./-]+$/, ''))
}

test('every path in a code span or block of a document exists', () => {
  const named = documents.flatMap((document) =>
    pathsIn(read(document)).map((path) => ({ document, path })),
  )
  assert.ok(named.length > 20, `${named.length} paths found`)
  assert.deepEqual(
    named.filter(({ path }) => find(path).length === 0),
    [],
  )
})

const LINK = /\]\(([^)\s]+)\)/g
const SCHEME = /^[a-z][a-z0-9+.-]*:/i
const HEADING = /^#+ (.+)$/gm

function linksIn(markdown: string): string[] {
  const text = markdown.replace(FENCED, '').replace(SPAN, '')
  return matchesOf(text, LINK).filter((link) => !SCHEME.test(link))
}

/** The anchor that GitHub derives from a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function resolves(link: string, document: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : posix.join(dirname(document), path)
  if (find(target).length === 0) return false
  return anchor === undefined || matchesOf(read(target), HEADING).map(anchorOf).includes(anchor)
}

test('every relative link in a document leads to an existing file and heading', () => {
  const links = documents.flatMap((document) =>
    linksIn(read(document)).map((link) => ({ document, link })),
  )
  assert.ok(links.length > 15, `${links.length} links found`)
  assert.deepEqual(
    links.filter(({ link, document }) => !resolves(link, document)),
    [],
  )
})

// The list of rows may span two lines of a comment.
const ROW_CITATION = /docs\/requirements\.md((?:(?:[\s,/*]|and)+[A-Z]\d+\b)+)/g
const ROW = /^\| ([A-Z]\d+) \|/gm

test('every cited row of docs/requirements.md exists', () => {
  const rows = new Set(matchesOf(read('docs/requirements.md'), ROW))
  const cited = find(['{src,scripts}/**/*.ts', 'docs/**/*.{md,ts}']).flatMap((file) =>
    matchesOf(read(file), ROW_CITATION)
      .flatMap((list) => matchesOf(list, /([A-Z]\d+)/g))
      .map((row) => ({ file, row })),
  )
  assert.ok(cited.length > 0)
  assert.deepEqual(
    cited.filter(({ row }) => !rows.has(row)),
    [],
  )
})

/** The folders that must not cite documents outside the repository. */
const CITING_FOLDERS = ['src', 'scripts', 'docs', 'test']
// Written so that this file does not match itself.
const OUTSIDE = /mcp-requirement[s]|clients\.md [§]|decisions\.m[d]|house\.m[d]/

test('no file cites a document that the repository does not have', () => {
  const files = find(['*.md', ...CITING_FOLDERS.map((folder) => `${folder}/**/*.{md,ts,conf}`)])
  assert.ok(files.length > documents.length)
  assert.deepEqual(
    files.filter((file) => OUTSIDE.test(read(file))),
    [],
  )
})

test('every file that a comment in src/ names exists', () => {
  const sources = find('src/**/*.ts')
  const names = new Set(find('{src,test,scripts,docs}/**/*.ts').map((path) => posix.basename(path)))
  const COMMENT = /^\s*(?:\/\/|\/?\*).*$/gm
  const FILE = /(?<![\w./-])([\w-]+(?:\/[\w.-]+)*\.ts)\b/g
  const missing = sources.flatMap((source) =>
    (read(source).match(COMMENT) ?? [])
      .flatMap((comment) => matchesOf(comment, FILE))
      .filter((named) =>
        named.includes('/')
          ? find([named, `src/${named}`, posix.join(posix.dirname(source), named)]).length === 0
          : !names.has(named),
      )
      .map((named) => `${source} names ${named}`),
  )
  assert.deepEqual(missing, [])
})
