// Repeats a query of the Sentinels or Cluster nodes, one at a time.

import { setTimeout as sleep } from 'node:timers/promises'

const MIN_PAUSE_MS = 100

export interface Poller {
  /** Polls now, or once more after the poll that is running. */
  pollNow(): void
  stop(): void
}

/** @param poll must not reject; resolves with the pause before the next poll, in ms */
export function startPolling(poll: () => Promise<number>): Poller {
  let isStopped = false
  let pause = new AbortController()
  const run = async (): Promise<void> => {
    while (!isStopped) {
      pause = new AbortController()
      const { signal } = pause
      const pauseMs = await poll()
      // Not abortable: many pollNow() calls at once cause one poll.
      await sleep(MIN_PAUSE_MS, undefined, { ref: false })
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => {})
    }
  }
  void run()
  return {
    pollNow: () => pause.abort(),
    stop() {
      isStopped = true
      pause.abort()
    },
  }
}
