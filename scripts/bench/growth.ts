// Measures the cost of a refresh, and the server's memory, as the store grows.
import { type Measurement, runClosedLoop } from './closed-loop.ts'
import type { Load } from './comparison.ts'
import { openFilling } from './filling.ts'
import { prepareOperation } from './operations.ts'
import type { Stage } from './stage.ts'

export interface GrowthPoint {
  readonly grants: number
  readonly measurements: readonly Measurement[]
  /** After a full collection. */
  readonly liveMiB: number
}

export async function measureGrowth(
  stage: Stage,
  options: { kind: 'redis' | 'sqlite'; sizes: readonly number[]; load: Load },
): Promise<readonly GrowthPoint[]> {
  const { kind, sizes, load } = options
  const server = await stage.start(kind, { alg: 'ES256', isInspected: true })
  const operation = await prepareOperation('refresh', server, load.concurrency)
  const filling = await openFilling(server.storeUrl)
  const measure = () => runClosedLoop({ ...load, work: operation.work, pid: server.pid })
  try {
    const points: GrowthPoint[] = []
    let grants = 0
    // V8 compiles what is hot.
    await measure()
    await measure()
    for (const size of sizes) {
      await filling.add(size - grants)
      grants = size
      await measure()
      const measurements: Measurement[] = []
      for (let round = 0; round < 2 * load.rounds; round++) measurements.push(await measure())
      await operation.verify()
      const liveMiB = (await server.inspector?.liveMiB()) ?? Number.NaN
      points.push({ grants, measurements, liveMiB })
    }
    return points
  } finally {
    await filling.close()
    operation.close()
    await server.close()
  }
}
