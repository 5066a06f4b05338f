// Loaded into a server process by live-memory.ts: a line of what is alive in it, whenever it is asked.
import { setTimeout as sleep } from 'node:timers/promises'
import { LIVE_MEMORY_LINE } from './live-memory.ts'

process.on('SIGUSR2', async () => {
  // What the first round finalizes, the second one frees.
  globalThis.gc?.()
  await sleep(100)
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  console.log(`${LIVE_MEMORY_LINE}${heapUsed + external}`)
})
