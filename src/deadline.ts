// Deadlines for calls to the store and the upstream, and for a request as a whole.

export class DeadlineError extends Error {
  constructor(deadlineMs: number) {
    super(`no response within ${deadlineMs} ms`)
    this.name = 'DeadlineError'
  }
}

/** The outcome of `work`, or a DeadlineError. `work` itself continues, but its late outcome is ignored. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const overdue = Promise.withResolvers<never>()
  const timer = setTimeout(() => overdue.reject(new DeadlineError(deadlineMs)), deadlineMs)
  try {
    return await Promise.race([work, overdue.promise])
  } finally {
    clearTimeout(timer)
  }
}
