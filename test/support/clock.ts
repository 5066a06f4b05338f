// Controls the time of this process: our injected clock, and `Date`, which the engine and Keyv read.
import { mock } from 'node:test'

export interface TestClock {
  advance(seconds: number): void
  /** Sets the clock, forward or back, while no time passes. */
  step(seconds: number): void
  restore(): void
}

export const DAY_SECONDS = 24 * 60 * 60

let advancedMs = 0

/** The monotonic clock of a test server. `advance` moves it too. */
export const monotonicNow = () => performance.now() + advancedMs

/** Call before the server starts: `compose` keeps the clock that is in place at that time. */
export function mockClock(): TestClock {
  let nowMs = Date.now()
  mock.timers.enable({ apis: ['Date'], now: nowMs })
  const step = (seconds: number) => {
    nowMs += seconds * 1000
    mock.timers.setTime(nowMs)
  }
  return {
    step,
    advance(seconds) {
      step(seconds)
      advancedMs += seconds * 1000
    },
    restore: () => mock.timers.reset(),
  }
}
