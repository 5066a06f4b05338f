// Controls the time of this process: our injected clock, and `Date`, which the engine and Keyv read.
import { mock } from 'node:test'

export interface TestClock {
  advance(seconds: number): void
  restore(): void
}

export const DAY_SECONDS = 24 * 60 * 60

/** Call before the server starts: `compose` keeps the clock that is in place at that time. */
export function mockClock(): TestClock {
  let nowMs = Date.now()
  mock.timers.enable({ apis: ['Date'], now: nowMs })
  return {
    advance(seconds) {
      nowMs += seconds * 1000
      mock.timers.setTime(nowMs)
    },
    restore: () => mock.timers.reset(),
  }
}
