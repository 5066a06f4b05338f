import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { judgeSurvivors, loadExplanations } from '../../../../scripts/mutate/explanations.ts'
import { normalizeCode } from '../../../../scripts/mutate/survivors.ts'

const ROOT = new URL('../../../../', import.meta.url)
const FILE = 'src/sample.ts'

const survivor = (original: string, replacement: string, line = 1) => ({
  file: FILE,
  line,
  mutator: 'ConditionalExpression',
  original,
  replacement,
})

const explanation = (original: string, replacement: string, file = FILE) => ({
  file,
  original,
  replacement,
  reason: 'The two are the same for every input.',
})

test('an explanation matches a survivor by file and code, on any line', () => {
  const survivors = [survivor('a()', 'b()', 99)]
  const verdict = judgeSurvivors(FILE, survivors, [explanation('a()', 'b()')])
  assert.deepEqual(verdict, { explained: survivors, unexplained: [], stale: [] })
})

test('an explanation that matches no survivor is stale', () => {
  const survivors = [survivor('a()', 'b()')]
  const others = [explanation('a()', 'c()'), explanation('c()', 'b()')]
  const verdict = judgeSurvivors(FILE, survivors, others)
  assert.deepEqual(verdict, { explained: [], unexplained: survivors, stale: others })
})

test('an explanation for another file is neither used nor stale', () => {
  const survivors = [survivor('a()', 'b()')]
  const other = explanation('a()', 'b()', 'src/other.ts')
  const verdict = judgeSurvivors(FILE, survivors, [other])
  assert.deepEqual(verdict, { explained: [], unexplained: survivors, stale: [] })
})

test('an explanation covers one survivor', () => {
  const first = survivor('a()', 'b()', 1)
  const second = survivor('a()', 'b()', 2)
  const once = judgeSurvivors(FILE, [first, second], [explanation('a()', 'b()')])
  assert.deepEqual(once, { explained: [first], unexplained: [second], stale: [] })
  const twice = [explanation('a()', 'b()'), explanation('a()', 'b()')]
  assert.deepEqual(judgeSurvivors(FILE, [first, second], twice).unexplained, [])
})

test('the code of every explanation exists in its file', async () => {
  const path = new URL('test/mutation/explained.json', ROOT)
  for (const { file, original } of await loadExplanations(path.pathname)) {
    const source = normalizeCode(await readFile(new URL(file, ROOT), 'utf8'))
    assert.ok(source.includes(original), `${file} no longer has: ${original}`)
  }
})
