// Loaded into a server process by live-memory.ts. On SIGUSR2 it prints the size of the live objects.
import { setTimeout as sleep } from 'node:timers/promises'
import { LIVE_MEMORY_LINE } from './live-memory.ts'

process.on('SIGUSR2', async () => {
  // The second round frees the objects that the first one finalized.
  globalThis.gc?.()
  await sleep(100)
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  console.log(`${LIVE_MEMORY_LINE}${heapUsed + external}`)
})
