// npm run mutate -- src/oauth/refresh-chain.ts […]: changes each file in one place at a time and runs the
// tests that cover it. Fails if a change survives and test/mutation/explained.json does not explain it.
// docs/testing.md explains the result.

import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { findCoveringTests, isUnitTest } from './mutate/covering-tests.ts'
import { judgeSurvivors, loadExplanations } from './mutate/explanations.ts'
import { formatResult, saveUnexplained } from './mutate/report.ts'
import { runStryker } from './mutate/run-stryker.ts'
import { MissingProgramError, provideTestEnvironment } from './test/test-environment.ts'

const ROOT = resolve(import.meta.dirname, '..')

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const files = args.map((path) => relative(ROOT, resolve(path)))
  if (files.length === 0) return fail('Name a file in src: npm run mutate -- src/oauth/scopes.ts')
  for (const file of files) {
    const isSource = /^src\/.+\.ts$/.test(file) && existsSync(join(ROOT, file))
    if (!isSource) return fail(`${file} is not a TypeScript file in src.`)
  }
  const tests = new Map(files.map((file) => [file, findCoveringTests(ROOT, file)]))
  for (const [file, covering] of tests) {
    if (covering.length === 0) {
      return fail(`No test covers ${file}: name its tests in scripts/mutate/covering-tests.ts.`)
    }
  }
  // Unit tests need no programs on the machine.
  const areUnitTests = [...tests.values()].flat().every(isUnitTest)
  try {
    const suites = new Set(areUnitTests ? [] : (['plain'] as const))
    Object.assign(process.env, provideTestEnvironment(process.env, suites))
  } catch (error) {
    if (error instanceof MissingProgramError) return fail(error.message)
    throw error
  }
  // Stryker looks for the sources and writes its reports there.
  process.chdir(ROOT)
  const explanations = await loadExplanations(join(ROOT, 'test', 'mutation', 'explained.json'))
  let faults = 0
  for (const [file, covering] of tests) {
    const { counts, survivors, reportPath } = await runStryker(file, covering)
    const verdict = judgeSurvivors(file, survivors, explanations)
    const survivorsPath = await saveUnexplained(reportPath, verdict.unexplained)
    console.log(formatResult({ file, counts, verdict, paths: [reportPath, survivorsPath] }))
    faults += verdict.unexplained.length + verdict.stale.length
  }
  return faults === 0 ? 0 : 1
}

function fail(message: string): number {
  console.error(message)
  return 1
}
