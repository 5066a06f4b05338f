// A disk whose fsync is slow, played by a library (slow-fsync.c) that is preloaded into a process.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SlowFsync {
  /** For the process whose disk is to be slow. */
  readonly env: Readonly<Record<string, string>>
  /** For each call from now on. 0 at first. */
  setDelay(ms: number): void
  remove(): void
}

/** Needs Linux, and a C compiler: scripts/test/test-environment.ts provides it. */
export function buildSlowFsync(): SlowFsync {
  const directory = mkdtempSync(join(tmpdir(), 'slow-fsync-'))
  const library = join(directory, 'slow-fsync.so')
  const delayFile = join(directory, 'delay-ms')
  const source = join(import.meta.dirname, 'slow-fsync.c')
  // Without the C library's own start files, which are not in the compiler's package.
  const options = ['-shared', '-fPIC', '-nostdlib', '-o', library, source]
  execFileSync(process.env['TEST_CC'] ?? 'cc', options, { stdio: 'inherit' })
  const setDelay = (ms: number): void => writeFileSync(delayFile, `${ms}\n`)
  setDelay(0)
  return {
    env: { LD_PRELOAD: library, SLOW_FSYNC_FILE: delayFile },
    setDelay,
    remove: () => rmSync(directory, { recursive: true }),
  }
}
