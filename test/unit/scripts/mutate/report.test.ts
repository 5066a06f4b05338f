import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatResult, saveUnexplained } from '../../../../scripts/mutate/report.ts'

const FILE = 'src/sample.ts'
const SURVIVOR = {
  file: FILE,
  line: 5,
  mutator: 'EqualityOperator',
  original: 'return count <= LIMIT',
  replacement: 'return count < LIMIT',
}
const STALE = { file: FILE, original: 'a()', replacement: 'b()', reason: 'The two are the same.' }

test('a result lists each unexplained survivor with its place and code, and each stale explanation', () => {
  const text = formatResult({
    file: FILE,
    counts: { Killed: 7, Survived: 2 },
    verdict: { explained: [SURVIVOR], unexplained: [SURVIVOR], stale: [STALE] },
    paths: ['reports/sample.html'],
  })
  assert.equal(
    text,
    `src/sample.ts: 9 mutants: 7 Killed, 2 Survived
1 survived and explained

src/sample.ts:5 survived (EqualityOperator)
  - return count <= LIMIT
  + return count < LIMIT

src/sample.ts: stale explanation: no survivor matches it. Remove it or correct it
  - a()
  + b()

Report: reports/sample.html
`,
  )
})

test('unexplained survivors are saved next to the report as explanations without a reason', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mutation-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const path = await saveUnexplained(join(directory, 'sample.html'), [SURVIVOR])
  assert.equal(path, join(directory, 'sample.survivors.json'))
  const { original, replacement } = SURVIVOR
  const expected = [{ file: FILE, original, replacement, reason: '' }]
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), expected)
})
