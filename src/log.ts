// One JSON line per event on stdout. Errors are written by name, message, code and stack, never with
// the properties that libraries hang on them (responses, tokens).
import { setTimeout as sleep } from 'node:timers/promises'
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const DEEPEST_CAUSE = 6
/** Whoever reads the log may stand still; the server must not, nor keep what is written for ever. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024
const FLUSH_MS = 5000

function toLoggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' }
  const isQuoting = error instanceof SyntaxError
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: error.name,
    // A SyntaxError quotes what it could not parse.
    message: isQuoting ? 'not shown' : error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined || isQuoting ? {} : { stack: error.stack }),
    ...(error.cause instanceof Error && depth < DEEPEST_CAUSE
      ? { cause: toLoggedError(error.cause, depth + 1) }
      : {}),
  }
}

export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => toLoggedError(error) },
    },
    options.destination ?? openLogOutput(),
  )
}

/** Standard output, which a slow reader of it does not hold up. */
export function openLogOutput() {
  // With a minLength of 0, its flush waits for nothing.
  return pino.destination({ dest: 1, sync: false, minLength: 1, maxLength: MOST_UNREAD_BYTES })
}

/** Ends the process when all that was logged is out, in its order. */
export async function exitAfterLog(
  output: ReturnType<typeof openLogOutput>,
  code: number,
): Promise<never> {
  const isOut = new Promise((resolve) => output.flush(() => resolve(true)))
  // At an exit it would wait for ever for a reader that stands still.
  if (!(await Promise.race([isOut, sleep(FLUSH_MS)]))) output.flushSync = () => {}
  process.exit(code)
}
