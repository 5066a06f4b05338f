// Runs Stryker on one source file. Its settings depend on that file and its tests, so there is no configuration
// file.

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

/** Paths are relative to the working directory. Throws if a test fails without a mutant. */
export async function runStryker(file: string, tests: readonly string[]): Promise<Run> {
  const source = await readFile(file, 'utf8')
  const reportPath = `${REPORTS}/${file.replaceAll('/', '.')}.html`
  const stryker = new Stryker({
    mutate: [file],
    plugins: [import.meta.resolve('@stryker-mutator/tap-runner')],
    testRunner: 'tap',
    // Stryker starts each test file by itself, without `--test`.
    tap: { testFiles: [...tests], nodeArgs: ['--test-reporter=tap'] },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // On top of 1.5 times the duration without a mutant. Generous, because a timeout counts as noticed.
    timeoutMS: 20_000,
    // Inside the project, so that the copy resolves packages from its node_modules.
    tempDirName: `${REPORTS}/sandbox`,
    symlinkNodeModules: false,
    cleanTempDir: 'always',
    ignorePatterns: ['/data', '/coverage', '/reports', '.env'],
    // Nothing checks types here, so no file needs `@ts-nocheck`.
    disableTypeChecks: false,
    // Stryker would rewrite the file with the JavaScript API of TypeScript, which version 7 does not have.
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
