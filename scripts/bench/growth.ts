// What a refresh costs as the store grows, and what the server keeps in memory.
import { type Measurement, runClosedLoop } from './closed-loop.ts'
import { type Load, medianOf } from './comparison.ts'
import { openFilling } from './filling.ts'
import { prepareOperation } from './operations.ts'
import type { Stage } from './stage.ts'

export interface GrowthPoint {
  readonly grants: number
  readonly measurements: readonly Measurement[]
  /** After a full collection. */
  readonly liveMiB: number
}

/** @param options.storeUrl of a store that nothing is in yet */
export async function measureGrowth(
  stage: Stage,
  options: { kind: 'redis' | 'sqlite'; storeUrl: string; sizes: readonly number[]; load: Load },
): Promise<readonly GrowthPoint[]> {
  const { kind, storeUrl, sizes, load } = options
  const server = await stage.start(kind, { alg: 'ES256', storeUrl, isInspected: true })
  const operation = await prepareOperation('refresh', server, load.concurrency)
  const filling = await openFilling(storeUrl)
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

/** Requests per second, p50, p99 and CPU of each size, and the memory that is in use. */
export function toGrowthRows(points: readonly GrowthPoint[]): (string | number)[][] {
  return points.map(({ grants, measurements, liveMiB }) => {
    const median = (key: keyof Measurement) => medianOf(measurements.map((one) => one[key]))
    return [
      grants.toLocaleString('en'),
      Math.round(median('perSecond')),
      median('p50Ms').toFixed(1),
      median('p99Ms').toFixed(1),
      median('cpuMs').toFixed(3),
      liveMiB.toFixed(1),
    ]
  })
}
