// What a replica holds once all garbage is gone. RSS is no such number: V8 lets its young generation
// grow to three times 32 MiB under load, and keeps it.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Replica } from './replica.ts'

const TIMEOUT_MS = 10_000
const PROBE = fileURLToPath(new URL('live-memory-probe.ts', import.meta.url))

export const LIVE_MEMORY_LINE = 'live bytes: '

/** For the environment of a process that `measureLiveMiB` is to ask. */
export const LIVE_MEMORY_ENV = { NODE_OPTIONS: `--expose-gc --import ${PROBE}` }

export async function measureLiveMiB(replica: Replica): Promise<number> {
  const told = () => replica.logLines.filter((line) => line.startsWith(LIVE_MEMORY_LINE))
  const before = told().length
  const endsAtMs = Date.now() + TIMEOUT_MS
  replica.signal('SIGUSR2')
  while (told().length === before) {
    if (Date.now() > endsAtMs) throw new Error('the replica does not tell what is alive in it')
    await sleep(20)
  }
  return Number(told().at(-1)?.slice(LIVE_MEMORY_LINE.length)) / 1024 / 1024
}
