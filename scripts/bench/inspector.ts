// Node's inspector in a server process: CPU profiles, and the heap after a collection.
import { once } from 'node:events'

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  /** Microseconds between a sample and the one before it. */
  readonly timeDeltas: readonly number[]
}

export interface Inspector {
  startProfile(): Promise<void>
  stopProfile(): Promise<CpuProfile>
  /** MiB in use after a full collection, with what lies outside of V8's heap. */
  liveMiB(): Promise<number>
  close(): void
}

/** @param url which Node prints at start-up: `ws://…` */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const pending = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data))
    if (error) pending.get(id)?.reject(new Error(error.message))
    else pending.get(id)?.resolve(result)
    pending.delete(id)
  })
  let lastId = 0

  function call(method: string, params = {}): Promise<Record<string, unknown>> {
    const id = ++lastId
    const answer = Promise.withResolvers<Record<string, unknown>>()
    pending.set(id, answer)
    socket.send(JSON.stringify({ id, method, params }))
    return answer.promise
  }

  return {
    async startProfile() {
      await call('Profiler.enable')
      await call('Profiler.setSamplingInterval', { interval: 200 })
      await call('Profiler.start')
    },
    async stopProfile() {
      const { profile } = await call('Profiler.stop')
      return profile as CpuProfile // the inspector's own format
    },
    async liveMiB() {
      // The second one frees what the first one finalized.
      await call('HeapProfiler.collectGarbage')
      await call('HeapProfiler.collectGarbage')
      const { usedSize, backingStorageSize } = await call('Runtime.getHeapUsage')
      return (Number(usedSize) + Number(backingStorageSize ?? 0)) / 1024 / 1024
    },
    close: () => socket.close(),
  }
}
