import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../../..')
const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')

/** The rows of the table of attackers. That their files exist is tested in references.test.ts. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split('|').length === 6)
  .filter((line) => !line.startsWith('| attacker '))

test('every attacker in docs/security.md has a test that shows what holds them off', () => {
  assert.ok(rows.length > 10)
  const without = rows.filter((row) => !/`test\/[\w/-]+\.test\.ts`/.test(row.split('|')[4] ?? ''))
  assert.deepEqual(without, [])
})

test('docs/security.md names every file of attacks', () => {
  const files = globSync('test/attack/*.test.ts', { cwd: ROOT })
  assert.ok(files.length > 5)
  assert.deepEqual(
    files.filter((file) => !rows.some((row) => row.includes(file.replaceAll('\\', '/')))),
    [],
  )
})
