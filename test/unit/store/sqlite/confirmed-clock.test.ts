import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConfirmedClock } from '../../../../src/store/sqlite/confirmed-clock.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE
const STARTED_AT = 1_700_000_000_000

/** A process that has just started; its clock is read every half minute. */
function start({ wallMs = STARTED_AT } = {}) {
  let monotonicMs = 123
  let offsetMs = wallMs - monotonicMs
  const now = () => monotonicMs + offsetMs
  const confirmedNow = createConfirmedClock({ now, monotonicNow: () => monotonicMs })
  confirmedNow()
  return {
    now,
    /** How far the wall clock is ahead of what is confirmed, after this time. */
    aheadAfter(ms: number): number | undefined {
      let confirmedMs: number | undefined
      for (const endMs = monotonicMs + ms; monotonicMs < endMs; confirmedMs = confirmedNow()) {
        monotonicMs += Math.min(30 * SECOND, endMs - monotonicMs)
      }
      return confirmedMs === undefined ? undefined : now() - confirmedMs
    },
    jump(ms: number) {
      offsetMs += ms
    },
  }
}

test('nothing is confirmed in the first ten minutes, and the wall clock afterwards', () => {
  const clock = start()
  assert.equal(clock.aheadAfter(10 * MINUTE - 1), undefined)
  assert.equal(clock.aheadAfter(1), 0)
  assert.equal(clock.aheadAfter(3 * DAY), 0)
})

test('a clock that is wrong at the start and corrected within ten minutes never counts', () => {
  const clock = start({ wallMs: STARTED_AT + 40 * DAY })
  assert.equal(clock.aheadAfter(9 * MINUTE), undefined)
  clock.jump(-40 * DAY)
  assert.equal(clock.aheadAfter(MINUTE), 0)
})

test('a jump ahead does not count until it has lasted for a day', () => {
  const clock = start()
  clock.aheadAfter(DAY / 2)
  clock.jump(40 * DAY)
  assert.equal(clock.aheadAfter(DAY), 40 * DAY)
  assert.equal(clock.aheadAfter(MINUTE), 0)
})

test('of two jumps ahead, each counts once it has lasted for a day', () => {
  const clock = start()
  clock.aheadAfter(DAY / 2)
  clock.jump(10 * DAY)
  clock.aheadAfter(DAY - 60 * MINUTE)
  clock.jump(30 * DAY)
  assert.equal(clock.aheadAfter(60 * MINUTE + 30 * SECOND), 30 * DAY)
  assert.equal(clock.aheadAfter(DAY + 30 * SECOND), 0)
})

test('a jump ahead that ends within the day never counts, nor does the time of several such jumps add up', () => {
  const clock = start()
  clock.aheadAfter(DAY / 2)
  for (let n = 0; n < 3; n += 1) {
    clock.jump(40 * DAY)
    assert.equal(clock.aheadAfter(DAY - MINUTE), 40 * DAY)
    clock.jump(-40 * DAY)
    assert.equal(clock.aheadAfter(MINUTE), 0)
  }
})

test('a machine that is suspended each night is at most a few nights behind', () => {
  const clock = start()
  clock.aheadAfter(DAY / 2)
  const lags = Array.from({ length: 30 }, () => {
    clock.jump(DAY / 2)
    return clock.aheadAfter(DAY / 2) ?? Number.NaN
  })
  assert.ok(Math.max(...lags) <= 2 * DAY, `${Math.max(...lags) / DAY} days`)
})

test('a jump back counts at once', () => {
  const clock = start()
  clock.aheadAfter(DAY)
  clock.jump(-5 * DAY)
  assert.equal(clock.aheadAfter(30 * SECOND), 0)
})

test('a clock that runs slightly faster than the monotonic one is followed', () => {
  const clock = start()
  clock.aheadAfter(10 * MINUTE)
  let aheadMs: number | undefined
  for (let hour = 0; hour < 24 * 10; hour += 1) {
    clock.jump(100)
    aheadMs = clock.aheadAfter(60 * MINUTE)
  }
  assert.ok((aheadMs ?? Number.NaN) <= 5 * SECOND, `${aheadMs} ms`)
})
