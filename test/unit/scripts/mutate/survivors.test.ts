import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSurvivor, normalizeCode } from '../../../../scripts/mutate/survivors.ts'

const FILE = 'src/sample.ts'
const SOURCE = `const LIMIT = 5

export function isFew(count: number): boolean {
  // RFC 0: five are few.
  return count <= LIMIT // as agreed, https://example.com/few
}
`

const at = (startLine: number, startColumn: number, endLine: number, endColumn: number) => ({
  start: { line: startLine, column: startColumn },
  end: { line: endLine, column: endColumn },
})

test('a survivor is its line before and after the change, without comments and indentation', () => {
  const location = at(5, 10, 5, 24)
  const mutant = { mutatorName: 'EqualityOperator', location, replacement: 'count < LIMIT' }
  assert.deepEqual(createSurvivor(FILE, SOURCE, mutant), {
    file: FILE,
    line: 5,
    mutator: 'EqualityOperator',
    original: 'return count <= LIMIT',
    replacement: 'return count < LIMIT',
  })
})

test('a survivor that spans several lines is joined into one', () => {
  const mutant = { mutatorName: 'BlockStatement', location: at(3, 47, 6, 2), replacement: '{}' }
  assert.deepEqual(createSurvivor(FILE, SOURCE, mutant), {
    file: FILE,
    line: 3,
    mutator: 'BlockStatement',
    original: 'export function isFew(count: number): boolean { return count <= LIMIT }',
    replacement: 'export function isFew(count: number): boolean {}',
  })
})

test('comments and indentation do not change the code of a survivor', () => {
  const code = "if (a) {\n  // why\n  open('https://example.com/a') // because\n}"
  assert.equal(normalizeCode(code), "if (a) { open('https://example.com/a') }")
  assert.equal(normalizeCode(`\n// one more\n  ${code}  `), normalizeCode(code))
})
