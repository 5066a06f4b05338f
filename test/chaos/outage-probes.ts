// Samples the health endpoints and the memory of a replica during an outage, as its supervisor would.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Replica } from '../support/replica.ts'

const EVERY_MS = 250

export interface Probe {
  readonly atMs: number
  readonly livez: number
  readonly readyz: number
  readonly missing: unknown
  readonly residentBytes: number
}

/** Probes until `stop` aborts. Rejects if a probe gets no response within 10 s. */
export async function probe(replica: Replica, stop: AbortSignal): Promise<Probe[]> {
  const probes: Probe[] = []
  while (!stop.aborted) {
    const atMs = performance.now()
    const [livez, readyz] = await Promise.all(
      ['livez', 'readyz'].map((path) =>
        fetch(`${replica.url}/${path}`, { signal: AbortSignal.timeout(10_000) }),
      ),
    )
    const body = (await readyz?.json()) as { missing?: unknown }
    await livez?.arrayBuffer()
    probes.push({
      atMs,
      livez: livez?.status ?? 0,
      readyz: readyz?.status ?? 0,
      missing: body.missing,
      residentBytes: await replica.residentBytes(),
    })
    await sleep(EVERY_MS)
  }
  return probes
}
