// The memory that a replica uses after a garbage collection. RSS does not show it: under load, V8 lets its
// young generation grow to three times 32 MiB, and keeps it.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Replica } from './replica.ts'

const TIMEOUT_MS = 10_000
const PROBE = fileURLToPath(new URL('live-memory-probe.ts', import.meta.url))

export const LIVE_MEMORY_LINE = 'live bytes: '

/** The environment of a process that `measureLiveMiB` can measure. */
export const LIVE_MEMORY_ENV = { NODE_OPTIONS: `--expose-gc --import ${PROBE}` }

export async function measureLiveMiB(replica: Replica): Promise<number> {
  const readings = () => replica.logLines.filter((line) => line.startsWith(LIVE_MEMORY_LINE))
  const before = readings().length
  const endsAtMs = Date.now() + TIMEOUT_MS
  replica.signal('SIGUSR2')
  while (readings().length === before) {
    if (Date.now() > endsAtMs) throw new Error('the replica does not report its live memory')
    await sleep(20)
  }
  return Number(readings().at(-1)?.slice(LIVE_MEMORY_LINE.length)) / 1024 / 1024
}
