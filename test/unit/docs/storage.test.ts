import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { RECORD_PREFIXES } from '../../../src/storage/key-names.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const document = read('docs/storage.md')

function rowsOf(heading: string): string[][] {
  const section = document.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
}

test('docs/storage.md lists every kind of record once, and no other', () => {
  const listed = rowsOf('Records').map(([, kind]) => kind?.replaceAll('`', ''))
  assert.deepEqual(listed.toSorted(), [...RECORD_PREFIXES].toSorted())
})

test('every lifetime that docs/storage.md names is a setting', () => {
  const { lifetimes } = JSON.parse(read('config/default.json')) as { lifetimes: object }
  const named = rowsOf('Records').flatMap(([, , , cell]) => cell?.match(/\w+Seconds/g) ?? [])
  assert.ok(named.length >= 9)
  for (const name of named) assert.ok(Object.hasOwn(lifetimes, name), name)
})
