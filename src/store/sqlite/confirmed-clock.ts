// The wall clock as far as the monotonic clock confirms it. A record that is deleted because it expired is
// lost, so a clock that is wrong for a while must not decide it.

/** How long after its start a process trusts the wall clock: a machine may boot with a wrong one. */
const SETTLING_MS = 10 * 60_000
/** How long the wall clock has to stay ahead before a jump counts, such as that of a suspended machine. */
const HOLD_MS = 24 * 60 * 60_000

/**
 * Call the result regularly: it returns the time in milliseconds, or undefined while the process is too young
 * to tell. A jump back counts at once. Of a jump ahead, only as much counts as has lasted for a day.
 */
export function createConfirmedClock(options: {
  now: () => number
  /** Milliseconds since any fixed point, never adjusted. */
  monotonicNow: () => number
}): () => number | undefined {
  const { now, monotonicNow } = options
  /** How far the wall clock is ahead of the monotonic one. Only a jump or a correction changes it. */
  let confirmedOffsetMs: number | undefined
  /** The smallest offset since it was last above the confirmed one. */
  let ahead: { readonly offsetMs: number; readonly sinceMs: number } | undefined

  return () => {
    const monotonicMs = monotonicNow()
    const offsetMs = now() - monotonicMs
    if (confirmedOffsetMs !== undefined && offsetMs <= confirmedOffsetMs) {
      confirmedOffsetMs = offsetMs
      ahead = undefined
    } else {
      const { offsetMs: smallestMs, sinceMs } = ahead ?? { offsetMs, sinceMs: monotonicMs }
      ahead = { offsetMs: Math.min(smallestMs, offsetMs), sinceMs }
      const holdMs = confirmedOffsetMs === undefined ? SETTLING_MS : HOLD_MS
      if (monotonicMs - sinceMs >= holdMs) {
        confirmedOffsetMs = ahead.offsetMs
        ahead = undefined
      }
    }
    return confirmedOffsetMs === undefined ? undefined : monotonicMs + confirmedOffsetMs
  }
}
