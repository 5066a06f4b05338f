import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import {
  FURTHER_TESTS,
  findCoveringTests,
  isUnitTest,
} from '../../../../scripts/mutate/covering-tests.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')

test('a source file is covered by every unit test of its name', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'covering-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const files = ['a.test.ts', 'a.property.test.ts', 'ab.test.ts', 'a-model.ts', 'b/a.test.ts']
  for (const file of files) {
    const path = join(root, 'test/unit/oauth', file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '')
  }
  assert.deepEqual(findCoveringTests(root, 'src/oauth/none.ts'), [])
  assert.deepEqual(findCoveringTests(root, 'src/oauth/a.ts'), [
    'test/unit/oauth/a.property.test.ts',
    'test/unit/oauth/a.test.ts',
  ])
})

test('every source file and test that the table names exists', () => {
  for (const [file, tests] of Object.entries(FURTHER_TESTS)) {
    assert.ok(existsSync(join(ROOT, file)), file)
    for (const path of tests) assert.ok(existsSync(join(ROOT, path)), path)
    const covering = new Set(findCoveringTests(ROOT, file))
    assert.ok(covering.isSupersetOf(new Set(tests)), file)
  }
})

test('only tests in test/unit need no programs on the machine', () => {
  assert.equal(isUnitTest('test/unit/log.test.ts'), true)
  assert.equal(isUnitTest('test/integration/journey.test.ts'), false)
})
