// Stryker on one source file. Its settings are here and not in a file of its own, since they follow from the
// file and its tests.

import { readFile } from 'node:fs/promises'
import { Stryker } from '@stryker-mutator/core'
import type { Counts } from './report.ts'
import { createSurvivor, type Survivor } from './survivors.ts'

type LogLevel = NonNullable<ConstructorParameters<typeof Stryker>[0]['logLevel']>

const REPORTS = 'reports/mutation'

interface Run {
  readonly counts: Counts
  readonly survivors: readonly Survivor[]
  readonly reportPath: string
}

/** Both relative to the working directory. Throws if the tests fail without a mutant. */
export async function runStryker(file: string, tests: readonly string[]): Promise<Run> {
  const source = await readFile(file, 'utf8')
  const reportPath = `${REPORTS}/${file.replaceAll('/', '.')}.html`
  const stryker = new Stryker({
    mutate: [file],
    plugins: [import.meta.resolve('@stryker-mutator/tap-runner')],
    testRunner: 'tap',
    // Node prints TAP only when asked; a file is its own test run, without `--test`.
    tap: { testFiles: [...tests], nodeArgs: ['--test-reporter=tap'] },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // Beyond one and a half times what the tests took without a mutant. Generous, since a timeout counts as noticed.
    timeoutMS: 20_000,
    // Below the project, so that the copy finds node_modules above it.
    tempDirName: `${REPORTS}/sandbox`,
    symlinkNodeModules: false,
    cleanTempDir: 'always',
    ignorePatterns: ['/data', '/coverage', '/reports', '.env'],
    // Nothing checks types here, so that nothing needs `@ts-nocheck`.
    disableTypeChecks: false,
    // Stryker would rewrite it with the JavaScript API of TypeScript, which version 7 does not have.
    tsconfigFile: 'none',
    reporters: ['html', process.stdout.isTTY ? 'progress' : 'progress-append-only'],
    htmlReporter: { fileName: reportPath },
    allowConsoleColors: Boolean(process.stdout.isTTY),
    logLevel: 'warn' as LogLevel,
  })
  const mutants = await stryker.runMutationTest()
  const counts: Record<string, number> = {}
  for (const { status } of mutants) counts[status] = (counts[status] ?? 0) + 1
  const survivors = mutants
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map((mutant) => createSurvivor(file, source, mutant))
    .toSorted((a, b) => a.line - b.line)
  return { counts, survivors, reportPath }
}
