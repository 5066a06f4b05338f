// `npm test` runs every test except the long runs of test/chaos, on Node 24, and skips none.
// `npm test -- test/unit` runs a part of them, and `npm run test:chaos` runs only the long runs.
// `--file-seconds=60` and `--total-seconds=600` change the time limits of a file and of the whole run.

import { globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { MissingProgramError, provideTestEnvironment, type Suite } from './test/test-environment.ts'

const ROOT = resolve(import.meta.dirname, '..')
const TESTS = join(ROOT, 'test')
// A file that hangs, or that leaves a handle open, fails instead of blocking the run.
const FILE_SECONDS = { plain: 240, chaos: 600 } as const
/** Files at a time. Long runs keep a core busy, and some of them time what they see. */
const CONCURRENCY = { plain: 4, chaos: 2 } as const
const TOTAL_SECONDS = { plain: 15 * 60, chaos: 20 * 60 } as const
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
    totalSeconds: Number(values['total-seconds'] ?? TOTAL_SECONDS[suite]),
  }
  if (Number.parseInt(process.versions.node, 10) < 24) {
    return fail(
      `Node ${process.versions.node} is too old for the tests. To fix: npm ci && npm test`,
    )
  }
  const files = paths.length > 0 ? findTestFiles(paths) : findSuite(suite)
  if (files.length === 0) {
    return fail(`There is no test file under ${paths.join(' ') || 'test'}.`)
  }
  // Unit tests need no programs on the machine.
  const dependent = files.filter((file) => !file.startsWith(join(TESTS, 'unit')))
  try {
    Object.assign(process.env, provideTestEnvironment(process.env, new Set(dependent.map(suiteOf))))
  } catch (error) {
    if (error instanceof MissingProgramError) return fail(error.message)
    throw error
  }
  // Every file of tests is a process that loads the same modules. Node checks a cached module by its content.
  process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/node-compile')
  const faults = await runTests(files, { ...limits, concurrency: CONCURRENCY[suite] })
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
  options: { fileSeconds: number; totalSeconds: number; concurrency: number },
): Promise<string[]> {
  const { fileSeconds, totalSeconds, concurrency } = options
  const fileTimeoutMs = fileSeconds * 1000
  const faults: string[] = []
  const ending = new AbortController()
  const { signal } = ending
  // The runner's own timeout is for a single test. It waits forever for a file that does not end after it.
  const events = run({ files, cwd: ROOT, concurrency, timeout: fileTimeoutMs / 2, signal })
  const timers = new Map<string, NodeJS.Timeout>()
  const giveUp = (fault: string): void => {
    faults.push(fault)
    ending.abort()
    // A process may ignore SIGTERM.
    setTimeout(() => process.exit(fail(faults.join('\n'))), GRACE_MS).unref()
  }
  const giveUpOn = (file: string): void =>
    giveUp(`${file} did not end in time: one of its tests hangs, or leaves a handle open.`)
  const timeoutFault = `The whole run did not end within ${totalSeconds} s.`
  const total = setTimeout(giveUp, totalSeconds * 1000, timeoutFault)
  events.on('test:dequeue', ({ name, nesting }) => {
    if (nesting !== 0 || !files.includes(name)) return
    timers.set(name, setTimeout(giveUpOn, fileTimeoutMs, name))
  })
  events.on('test:complete', ({ name }) => clearTimeout(timers.get(name)))
  // The runner reports a file without a test as a passed test with the name of the file.
  events.on('test:pass', ({ name, nesting }) => {
    const file = resolve(ROOT, name)
    if (nesting === 0 && files.includes(file)) faults.push(`${name} has no test.`)
  })
  events.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return
    if (!success) faults.push('Some tests failed.')
    if (counts.skipped + counts.todo > 0) {
      faults.push(
        `${counts.skipped} skipped, ${counts.todo} todo: a test that does not run proves nothing.`,
      )
    }
    if (counts.tests === 0) faults.push('No tests ran.')
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
