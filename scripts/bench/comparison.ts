// One operation on our server and on its reference, interleaved (A B B A …), so that a noisy moment of the machine
// touches both.
import type { SigningAlg } from '../../src/crypto/signing-keys.ts'
import { type Measurement, runClosedLoop } from './closed-loop.ts'
import { type Operation, type OperationName, prepareOperation } from './operations.ts'
import { residentMiB } from './process-usage.ts'
import type { RedisTraffic, ServerKind, Stage, StartedServer } from './stage.ts'
import { medianOf } from './statistics.ts'

export interface ComparisonSpec {
  readonly operation: OperationName
  readonly ours: 'redis' | 'sqlite'
  readonly reference: 'bare-redis' | 'ready-bytes' | undefined
  readonly alg: SigningAlg
  /** Our CPU divided by the reference's. */
  readonly target?: number
  /** WORKERS of our server. */
  readonly workers?: string
}

export interface Load {
  readonly concurrency: number
  readonly seconds: number
  /** Of A B B A. */
  readonly rounds: number
}

export interface Side {
  readonly kind: ServerKind
  readonly measurements: readonly Measurement[]
  readonly residentMiB: number
  /** For each request, one at a time. */
  readonly redis: RedisTraffic
}

export interface Comparison {
  readonly spec: ComparisonSpec
  readonly ours: Side
  readonly reference: Side | undefined
}

const COUNTED_REQUESTS = 20

interface Contestant {
  readonly kind: ServerKind
  readonly server: StartedServer
  readonly operation: Operation
  readonly measurements: Measurement[]
}

export async function compare(stage: Stage, spec: ComparisonSpec, load: Load): Promise<Comparison> {
  const contestants: Contestant[] = []
  try {
    const env = { WORKERS: spec.workers ?? '1' }
    contestants.push(await enter(spec.ours, stage, { ...spec, env }, load))
    if (spec.reference) {
      const readyFrom = contestants[0]?.server.issuer ?? ''
      contestants.push(await enter(spec.reference, stage, { ...spec, readyFrom }, load))
    }
    // V8 compiles what is hot, which takes the first seconds.
    for (const contestant of contestants) await measure(contestant, load)
    for (const { measurements } of contestants) measurements.length = 0
    for (let round = 0; round < load.rounds; round++) {
      for (const contestant of contestants) await measure(contestant, load)
      for (const contestant of contestants.toReversed()) await measure(contestant, load)
    }
    const sides: Side[] = []
    for (const contestant of contestants) sides.push(await conclude(contestant, stage))
    const [ours, reference] = sides
    if (!ours) throw new Error('nothing was measured')
    return { spec, ours, reference }
  } finally {
    for (const { operation, server } of contestants) {
      operation.close()
      await server.close()
    }
  }
}

async function enter(
  kind: ServerKind,
  stage: Stage,
  options: ComparisonSpec & { readyFrom?: string; env?: Readonly<Record<string, string>> },
  load: Load,
): Promise<Contestant> {
  const server = await stage.start(kind, options)
  try {
    const operation = await prepareOperation(options.operation, server, load.concurrency)
    return { kind, server, operation, measurements: [] }
  } catch (error) {
    await server.close()
    throw error
  }
}

async function measure({ server, operation, measurements }: Contestant, load: Load): Promise<void> {
  measurements.push(await runClosedLoop({ ...load, work: operation.work, pid: server.pid }))
  await operation.verify()
}

async function conclude(contestant: Contestant, stage: Stage): Promise<Side> {
  const { kind, server, operation, measurements } = contestant
  const resident = residentMiB(server.pid)
  const before = await stage.redisTraffic()
  for (let n = 0; n < COUNTED_REQUESTS; n++) await operation.work(0)
  const after = await stage.redisTraffic()
  // The second look at Redis is itself one command.
  const perRequest = (name: keyof RedisTraffic) =>
    (after[name] - before[name] - 1) / COUNTED_REQUESTS
  const redis = { commands: perRequest('commands'), roundTrips: perRequest('roundTrips') }
  return { kind, measurements, residentMiB: resident, redis }
}

export interface Ratio {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** Our CPU for each request divided by the reference's, over the pairs of neighbouring blocks. */
export function ratioOf({ ours, reference }: Comparison): Ratio | undefined {
  if (!reference) return undefined
  const ratios = ours.measurements
    .map(({ cpuMs }, n) => cpuMs / (reference.measurements[n]?.cpuMs ?? Number.NaN))
    .toSorted((a, b) => a - b)
  return {
    median: medianOf(ratios),
    lowest: ratios[0] ?? Number.NaN,
    highest: ratios.at(-1) ?? Number.NaN,
  }
}
