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
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  options: { isHeldUp?: () => boolean; onRestartable?: (restart: () => void) => void } = {},
): Promise<T> {
  // Not Promise.race: this runs several times in a request, and a race makes three promises more.
  return new Promise((resolve, reject) => {
    let isOver = false
    const end = (): void => {
      isOver = true
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      if (options.isHeldUp?.()) {
        timer.refresh()
        return
      }
      end()
      reject(new DeadlineError(deadlineMs))
    }, deadlineMs)
    options.onRestartable?.(() => {
      if (!isOver) timer.refresh()
    })
    work.then(
      (outcome) => {
        end()
        resolve(outcome)
      },
      (error: unknown) => {
        end()
        reject(error)
      },
    )
  })
}
