// A server that is asked for several times of what it can do: what it does with the rest, and who notices.
import { setTimeout as sleep } from 'node:timers/promises'
import { runClosedLoop } from './closed-loop.ts'
import type { Load } from './comparison.ts'
import { prepareOperation, RefusedError } from './operations.ts'
import { startProbe } from './probe.ts'
import { residentMiB } from './process-usage.ts'
import type { ServerKind, Stage } from './stage.ts'

/** Many more than are served at once. */
export const CLIENTS = 500
/** After a refusal, a client waits for so long, which is far less than the server asks for. */
const PAUSE_MS = 100

export interface Overload {
  readonly servedPerSecond: number
  readonly acceptedPerSecond: number
  readonly refusedPerSecond: number
  readonly acceptedMs: readonly number[]
  readonly refusedMs: readonly number[]
  readonly livezMs: readonly number[]
  readonly residentMiB: number
}

export async function measureOverload(
  stage: Stage,
  options: { kind: ServerKind; load: Load },
): Promise<Overload> {
  const { kind, load } = options
  const server = await stage.start(kind, { alg: 'RS256' })
  const operation = await prepareOperation('refresh', server, CLIENTS)
  try {
    const common = { work: operation.work, pid: server.pid, seconds: load.seconds }
    await runClosedLoop({ ...common, concurrency: load.concurrency })
    const served = await runClosedLoop({ ...common, concurrency: load.concurrency })

    const acceptedMs: number[] = []
    const refusedMs: number[] = []
    const probe = startProbe(server.issuer, '/livez')
    await runClosedLoop({
      ...common,
      concurrency: CLIENTS,
      async work(worker) {
        const startedAtMs = performance.now()
        try {
          await operation.work(worker)
          acceptedMs.push(performance.now() - startedAtMs)
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error
          refusedMs.push(performance.now() - startedAtMs)
          await sleep(PAUSE_MS)
        }
      },
    })
    const livezMs = await probe.end()
    await operation.verify()
    return {
      servedPerSecond: served.perSecond,
      acceptedPerSecond: acceptedMs.length / load.seconds,
      refusedPerSecond: refusedMs.length / load.seconds,
      acceptedMs,
      refusedMs,
      livezMs,
      residentMiB: residentMiB(server.pid),
    }
  } finally {
    operation.close()
    await server.close()
  }
}
