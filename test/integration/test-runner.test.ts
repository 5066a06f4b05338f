// The failures of `npm test` besides a failing test.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { spawnNode } from '../support/server-process.ts'

const IMPORTS = "import { createServer } from 'node:net'\nimport { test } from 'node:test'\n"

interface Failure {
  readonly text: string
  readonly fault: RegExp
  readonly args?: readonly string[]
}

const failures: Record<string, Failure> = {
  'a file whose test hangs': {
    text: "test('a', () => new Promise((resolve) => createServer().listen(0).once('no', resolve)))",
    fault:
      /sample\.test\.ts did not end in time: one of its tests hangs, or leaves a handle open\./,
  },
  'a file that leaves something open': {
    text: "test('a', () => void createServer().listen(0))",
    fault:
      /sample\.test\.ts did not end in time: one of its tests hangs, or leaves a handle open\./,
  },
  'a file that leaves something open and ignores SIGTERM': {
    text: "process.on('SIGTERM', () => setTimeout(process.exit, 20_000))\ntest('a', () => void createServer().listen(0))",
    fault:
      /sample\.test\.ts did not end in time: one of its tests hangs, or leaves a handle open\./,
  },
  'a run that takes too long although every file is in time': {
    text: "test('a', () => new Promise((resolve) => setTimeout(resolve, 20_000)))",
    fault: /The whole run did not end within 2 s\./,
    args: ['--file-seconds=60', '--total-seconds=2'],
  },
  'a test that is skipped': {
    text: "test.skip('a', () => {})",
    fault: /1 skipped, 0 todo: a test that does not run proves nothing\./,
  },
  'a file without a test': { text: 'void test', fault: /sample\.test\.ts has no test\./ },
}

describe('the test runner', { concurrency: true }, () => {
  for (const [name, { text, fault, args = ['--file-seconds=2'] }] of Object.entries(failures)) {
    test(`${name} is a failure`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'sample-'))
      t.after(() => rm(directory, { recursive: true, force: true }))
      const file = join(directory, 'sample.test.ts')
      await writeFile(file, `${IMPORTS}${text}\n`)
      const { PATH = '' } = process.env
      const runner = spawnNode(['scripts/test.ts', ...args, file], { env: { PATH } })
      assert.equal((await runner.exit).code, 1)
      assert.match(runner.stderr, fault)
    })
  }
})
