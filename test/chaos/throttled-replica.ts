// Throttles a replica as a container's CPU limit does: the process stands still for most of each period.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Replica } from '../support/replica.ts'

const PERIOD_MS = 100

/** @returns a function that ends it @param share the part of each period in which the replica runs */
export function throttle(replica: Replica, share: number): () => Promise<void> {
  let isOver = false
  const throttling = (async () => {
    while (!isOver) {
      replica.signal('SIGSTOP')
      await sleep(PERIOD_MS * (1 - share))
      replica.signal('SIGCONT')
      await sleep(PERIOD_MS * share)
    }
  })()
  return () => {
    isOver = true
    return throttling
  }
}
