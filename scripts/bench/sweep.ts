// Measures refreshes before and while the server deletes expired records of its SQLite file.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Measurement, runClosedLoop } from './closed-loop.ts'
import type { Load } from './comparison.ts'
import { openFilling } from './filling.ts'
import { prepareOperation } from './operations.ts'
import type { Stage } from './stage.ts'

export interface Sweep {
  readonly quiet: readonly Measurement[]
  readonly swept: readonly Measurement[]
  readonly sweptRecords: number
}

const EXPIRED_GRANTS = 70_000
/** Records are swept a day after they have expired. */
const EXPIRED_SINCE_MS = 25 * 60 * 60_000
const POLL_MS = 200
/** The server deletes nothing in its first ten minutes, and then begins a sweep every 30 s. */
const PATIENCE_MS = 12 * 60_000

export async function measureSweep(stage: Stage, load: Load): Promise<Sweep> {
  const server = await stage.start('sqlite', { alg: 'ES256' })
  const operation = await prepareOperation('refresh', server, load.concurrency)
  const filling = await openFilling(server.storeUrl)
  const measure = () => runClosedLoop({ ...load, work: operation.work, pid: server.pid })
  try {
    // V8 compiles what is hot.
    await measure()
    await measure()
    const quiet: Measurement[] = []
    for (let round = 0; round < 2 * load.rounds; round++) quiet.push(await measure())

    await filling.add(EXPIRED_GRANTS, -EXPIRED_SINCE_MS)
    const sweptRecords = filling.countExpired()
    await waitForSweep(filling.countExpired, sweptRecords)
    const swept: Measurement[] = []
    while (filling.countExpired() > 0) swept.push(await measure())
    await operation.verify()
    return { quiet, swept, sweptRecords }
  } finally {
    await filling.close()
    operation.close()
    await server.close()
  }
}

async function waitForSweep(count: () => number, from: number): Promise<void> {
  const endsAtMs = performance.now() + PATIENCE_MS
  while (count() === from) {
    if (performance.now() > endsAtMs) throw new Error('the server sweeps nothing')
    await sleep(POLL_MS)
  }
}
