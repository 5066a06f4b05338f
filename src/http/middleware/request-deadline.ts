// No request hangs: if a slow store or upstream delays the response, the request gets a 503 in time. A body that
// arrives slowly delays the deadline; http/connections/server.ts limits how long it may take.
import type { IncomingMessage } from 'node:http'
import type { Middleware } from 'koa'
import { DeadlineError, withDeadline } from '../../deadline.ts'
import { AppError } from '../../errors.ts'

const REQUEST_DEADLINE_MS = 9000

export function requestDeadline(deadlineMs = REQUEST_DEADLINE_MS): Middleware {
  return async function enforceDeadline(ctx, next) {
    try {
      // Work that continues after the deadline cannot change the response: Koa ignores late changes.
      await withDeadline(next(), deadlineMs, {
        isHeldUp: () => !isArrived(ctx.req),
        onRestartable: (restart) => ctx.req.once('end', restart),
      })
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      // These headers belong to the response that is not sent.
      for (const name of ['Location', 'Set-Cookie']) ctx.remove(name)
      throw new AppError('overdue', { cause: error })
    }
  }
}

/** Whether the whole request has arrived, or the rest never will. */
export function isArrived(req: IncomingMessage): boolean {
  return req.complete || req.destroyed
}
