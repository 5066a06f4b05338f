// How long a path takes to answer, asked again and again from a thread of its own, which the load does not delay.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createSender } from './sender.ts'

const PAUSE_MS = 20

export interface Probe {
  /** @returns how long each answer took, in milliseconds */
  end(): Promise<readonly number[]>
}

export function startProbe(issuer: string, path: string): Probe {
  const worker = new Worker(new URL(import.meta.url), { workerData: { issuer, path } })
  return {
    async end() {
      const answered = once(worker, 'message')
      worker.postMessage('end')
      const [tookMs] = await answered
      await worker.terminate()
      return tookMs
    },
  }
}

if (!isMainThread && parentPort) {
  const { issuer, path } = workerData
  const sender = createSender(issuer)
  const tookMs: number[] = []
  let isOver = false
  parentPort.once('message', () => {
    isOver = true
  })
  while (!isOver) {
    const startedAtMs = performance.now()
    const { status } = await sender.get(path)
    if (status !== 200) throw new Error(`${path} answered ${status}`)
    tookMs.push(performance.now() - startedAtMs)
    await sleep(PAUSE_MS)
  }
  parentPort.postMessage(tookMs)
}
