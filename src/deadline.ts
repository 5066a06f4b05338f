// Deadlines for calls to the store and the upstream, and for a request as a whole.

export class DeadlineError extends Error {
  constructor(deadlineMs: number) {
    super(`no response within ${deadlineMs} ms`)
    this.name = 'DeadlineError'
  }
}

/**
 * The outcome of `work`, or a DeadlineError. `work` itself continues, but its late outcome is ignored.
 * @param options.isHeldUp if true at the deadline, `work` gets the same time again: it waits for somebody else
 * @param options.onRestartable gets a function that begins the time anew, to be called when that wait ends
 */
export async function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  options: { isHeldUp?: () => boolean; onRestartable?: (restart: () => void) => void } = {},
): Promise<T> {
  let isOver = false
  const overdue = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    if (options.isHeldUp?.()) timer.refresh()
    else overdue.reject(new DeadlineError(deadlineMs))
  }, deadlineMs)
  const restart = (): void => {
    if (!isOver) timer.refresh()
  }
  options.onRestartable?.(restart)
  try {
    return await Promise.race([work, overdue.promise])
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}
