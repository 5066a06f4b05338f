// npm test: every test but the long runs of test/chaos, on Node 24, none skipped. `npm test -- test/unit`
// for a part of them, `npm run test:chaos` for the long runs alone, `--file-seconds=60` and
// `--total-seconds=600` for a shorter time than each file and the whole run have.

import { globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { MissingProgramError, provideTestEnvironment, type Suite } from './test/test-environment.ts'

const ROOT = resolve(import.meta.dirname, '..')
const TESTS = join(ROOT, 'test')
// A file whose test hangs, or that leaves something open, is a failure and not a wait.
const FILE_SECONDS = { plain: 240, chaos: 600 } as const
const TOTAL_SECONDS = 15 * 60
const GRACE_MS = 5000

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const { values, positionals: paths } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      chaos: { type: 'boolean', default: false },
      'file-seconds': { type: 'string' },
      'total-seconds': { type: 'string' },
    },
  })
  const suite = values.chaos ? 'chaos' : 'plain'
  const limits = {
    fileSeconds: Number(values['file-seconds'] ?? FILE_SECONDS[suite]),
    totalSeconds: Number(values['total-seconds'] ?? TOTAL_SECONDS),
  }
  if (Number.parseInt(process.versions.node, 10) < 24) {
    return fail(
      `Node ${process.versions.node} is too old for the tests. Mend it: npm ci && npm test`,
    )
  }
  const files = paths.length > 0 ? findTestFiles(paths) : findSuite(suite)
  if (files.length === 0) return fail(`No test file under ${paths.join(' ') || 'test'}.`)
  // Unit tests are those that need nothing of the machine.
  const needy = files.filter((file) => !file.startsWith(join(TESTS, 'unit')))
  try {
    Object.assign(process.env, provideTestEnvironment(process.env, new Set(needy.map(suiteOf))))
  } catch (error) {
    if (error instanceof MissingProgramError) return fail(error.message)
    throw error
  }
  const faults = await runTests(files, limits)
  return faults.length === 0 ? 0 : fail(faults.join('\n'))
}

function suiteOf(file: string): Suite {
  return file.startsWith(join(TESTS, 'chaos')) ? 'chaos' : 'plain'
}

function findSuite(suite: Suite): string[] {
  return findTestFiles([TESTS]).filter((file) => suiteOf(file) === suite)
}

function findTestFiles(paths: string[]): string[] {
  const files = paths
    .map((path) => resolve(path))
    .flatMap((path) => {
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
      return globSync(isFolder ? join(path, '**', '*.test.ts') : path)
    })
  return [...new Set(files)].toSorted()
}

function runTests(
  files: string[],
  { fileSeconds, totalSeconds }: { fileSeconds: number; totalSeconds: number },
): Promise<string[]> {
  const fileTimeoutMs = fileSeconds * 1000
  const faults: string[] = []
  const ending = new AbortController()
  const { signal } = ending
  // The runner's own limit is one for a test, and waits for ever on a file that does not end after it.
  const events = run({ files, cwd: ROOT, concurrency: 2, timeout: fileTimeoutMs / 2, signal })
  const timers = new Map<string, NodeJS.Timeout>()
  const giveUp = (fault: string): void => {
    faults.push(fault)
    ending.abort()
    // A process may be deaf to SIGTERM.
    setTimeout(() => process.exit(fail(faults.join('\n'))), GRACE_MS).unref()
  }
  const giveUpOn = (file: string): void =>
    giveUp(`${file} did not end in time: a test of it hangs, or leaves something open.`)
  const late = `The whole run did not end within ${totalSeconds} s.`
  const total = setTimeout(giveUp, totalSeconds * 1000, late)
  events.on('test:dequeue', ({ name, nesting }) => {
    if (nesting !== 0 || !files.includes(name)) return
    timers.set(name, setTimeout(giveUpOn, fileTimeoutMs, name))
  })
  events.on('test:complete', ({ name }) => clearTimeout(timers.get(name)))
  // A file without a test is reported as one that passed, under the file's own name.
  events.on('test:pass', ({ name, nesting }) => {
    const file = resolve(ROOT, name)
    if (nesting === 0 && files.includes(file)) faults.push(`${name} holds no test.`)
  })
  events.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return
    if (!success) faults.push('Not every test passed.')
    if (counts.skipped + counts.todo > 0) {
      faults.push(
        `${counts.skipped} skipped, ${counts.todo} todo: a test that is not run holds nothing.`,
      )
    }
    if (counts.tests === 0) faults.push('No test was run.')
  })
  return new Promise((done, reject) => {
    events.on('error', reject)
    const report = events.compose(spec)
    report.on('error', reject)
    report.on('end', () => {
      clearTimeout(total)
      done(faults)
    })
    report.pipe(process.stdout)
  })
}

function fail(message: string): number {
  console.error(`\n${message}`)
  return 1
}
