// No request hangs: one that a slow store or upstream keeps from its answer gets a 503 in time.
import type { Middleware } from 'koa'
import { DeadlineError, withDeadline } from '../../deadline.ts'
import { AppError } from '../../errors.ts'

const REQUEST_DEADLINE_MS = 9000

export function requestDeadline(deadlineMs = REQUEST_DEADLINE_MS): Middleware {
  return async function answerInTime(ctx, next) {
    try {
      // What goes on after the deadline finds the answer given: Koa then ignores what it sets.
      await withDeadline(next(), deadlineMs)
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      // What stands there belongs to an answer that is not given.
      for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
      throw new AppError('overdue', { cause: error })
    }
  }
}
