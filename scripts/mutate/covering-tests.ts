// The tests that must notice a change of a source file. Keep them few and fast: each mutant may run them all.

import { globSync } from 'node:fs'

/** By source file: covering tests other than its unit tests. */
export const FURTHER_TESTS: Readonly<Record<string, readonly string[]>> = {
  'src/store/redis/redis-connection.ts': [
    'test/integration/store/redis-access.test.ts',
    'test/integration/store/redis-connection.test.ts',
    'test/integration/store/redis-round-trips.test.ts',
  ],
}

/** `test/unit` mirrors `src`: a.test.ts and every a.*.test.ts there cover a.ts. */
export function findCoveringTests(root: string, file: string): string[] {
  const mirrored = file.replace(/^src\//, 'test/unit/').replace(/\.ts$/, '')
  const found = globSync([`${mirrored}.test.ts`, `${mirrored}.*.test.ts`], { cwd: root })
  return [...new Set([...found, ...(FURTHER_TESTS[file] ?? [])])].toSorted()
}

export function isUnitTest(path: string): boolean {
  return path.startsWith('test/unit/')
}
