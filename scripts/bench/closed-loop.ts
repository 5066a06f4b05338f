// Closed-loop load: so many requests are always in progress, and each begins when the one before it has ended.
import { cpuMs } from './process-usage.ts'
import { quantileOf } from './statistics.ts'

export interface Measurement {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the server for each request. */
  readonly cpuMs: number
}

/** @param work one request by the worker of this number. @throws what `work` throws first */
export async function runClosedLoop(options: {
  work: (worker: number) => Promise<void>
  concurrency: number
  seconds: number
  pid: number
}): Promise<Measurement> {
  const { work, concurrency, seconds, pid } = options
  const latencies: number[] = []
  const cpuBeforeMs = cpuMs(pid)
  const startedAtMs = performance.now()
  const endsAtMs = startedAtMs + seconds * 1000
  const run = async (worker: number): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const beganAtMs = performance.now()
      await work(worker)
      latencies.push(performance.now() - beganAtMs)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => run(worker)))
  const tookMs = performance.now() - startedAtMs
  const requests = latencies.length
  return {
    requests,
    perSecond: requests / (tookMs / 1000),
    p50Ms: quantileOf(latencies, 0.5),
    p99Ms: quantileOf(latencies, 0.99),
    cpuMs: (cpuMs(pid) - cpuBeforeMs) / requests,
  }
}
