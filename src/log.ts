// One JSON line per event on stdout. Errors are written by name, message, code and stack, never with
// the properties that libraries hang on them (responses, tokens).
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const DEEPEST_CAUSE = 4

function describeError(error: unknown, depth = 0): LoggedError {
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
      ? { cause: describeError(error.cause, depth + 1) }
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
      serializers: { err: (error: unknown) => describeError(error) },
    },
    // In order and before anything goes on, also when the process exits: an audit may not lose its end.
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  )
}
