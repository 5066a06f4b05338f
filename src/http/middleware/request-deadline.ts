// No request hangs: if a slow store or upstream delays the response, the request gets a 503 in time.
import type { Middleware } from 'koa'
import { DeadlineError, withDeadline } from '../../deadline.ts'
import { AppError } from '../../errors.ts'

const REQUEST_DEADLINE_MS = 9000

export function requestDeadline(deadlineMs = REQUEST_DEADLINE_MS): Middleware {
  return async function enforceDeadline(ctx, next) {
    try {
      // Work that continues after the deadline cannot change the response: Koa ignores late changes.
      await withDeadline(next(), deadlineMs)
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      // These headers belong to the response that is not sent.
      for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
      throw new AppError('overdue', { cause: error })
    }
  }
}
