// A port for a server whose number must be known before it listens. All others listen on port 0.

import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the kernel's range of ephemeral ports, so that no outgoing connection gets one meanwhile,
// and above 10080, which browsers and fetch block.
const FIRST_PORT = 11_000
const BLOCKS = 350
const BLOCK_SIZE = 60
// Files of tests run at the same time, each in a process, whose ids are near each other.
const firstOfBlock = FIRST_PORT + (process.pid % BLOCKS) * BLOCK_SIZE
let taken = 0

/** A port of this process's block, each in turn: nobody else gets it between the check and its use. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < BLOCK_SIZE; tries++) {
    const port = firstOfBlock + (taken++ % BLOCK_SIZE)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port from ${firstOfBlock} to ${firstOfBlock + BLOCK_SIZE - 1}`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port)
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
