// Moves the time of this process: our clock, and `Date`, which the engine and Keyv read.
import { mock } from 'node:test'

export interface TestClock {
  advance(seconds: number): void
  restore(): void
}

export const DAY_SECONDS = 24 * 60 * 60

/** Take it before the server is started: composing keeps the clock that it finds. */
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
