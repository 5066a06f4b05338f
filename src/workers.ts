// Several processes behind one port (WORKERS), with the guarantees of as many replicas. This one accepts the
// connections, passes them on, and replaces a worker that ends; each worker is a server of serve.ts.
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config/load.ts'
import { createLogger, exitAfterLog, openLogOutput } from './log.ts'

/** A worker that ends sooner was not able to serve, and its successor may not be able to either. */
const SHORT_LIFE_MS = 10_000
const PAUSE_MS = 1000

/** Ends the process when all workers have stopped, or none could start. */
export function superviseWorkers(config: Pick<Config, 'workers' | 'logLevel'>): void {
  const logOutput = openLogOutput({ isShared: true })
  const logger = createLogger({ level: config.logLevel, destination: logOutput })
  let isStopping = false
  let hasListened = false
  let worstCode = 0

  const running = () =>
    Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

  function stopAll(signal: NodeJS.Signals): void {
    if (isStopping) return
    isStopping = true
    for (const worker of running()) worker.process.kill(signal)
    endWithLast()
  }

  function endWithLast(): void {
    if (isStopping && running().length === 0) void exitAfterLog(logOutput, worstCode)
  }

  async function replace(lifeMs: number): Promise<void> {
    if (lifeMs < SHORT_LIFE_MS) await sleep(PAUSE_MS)
    if (!isStopping) fork()
  }

  function fork(): void {
    const startedAtMs = performance.now()
    const worker = cluster.fork()
    logger.info({ worker: worker.id, pid: worker.process.pid }, 'a worker starts')
    worker.once('listening', () => {
      hasListened = true
    })
    worker.once('exit', (code, signal) => onExit(worker, code, signal, startedAtMs))
  }

  function onExit(
    worker: Worker,
    code: number | null,
    signal: string | null,
    startedAtMs: number,
  ): void {
    if (isStopping || !hasListened) {
      // None has served yet: the others cannot either, and a supervisor outside should know.
      // One that was still starting has no handler yet: the signal that stops it ends it.
      worstCode = Math.max(worstCode, code ?? (signal === 'SIGTERM' ? 0 : 1))
      stopAll('SIGTERM')
      endWithLast()
      return
    }
    logger.warn({ worker: worker.id, code, signal }, 'a worker ended, and another takes its place')
    void replace(performance.now() - startedAtMs)
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopAll(signal))
  for (let n = 0; n < config.workers; n++) fork()
}
