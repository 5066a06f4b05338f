// One JSON line per event on stdout. An error is logged with its name, message, code and stack, but never
// with the properties that libraries add to it (responses, tokens).
import { setTimeout as sleep } from 'node:timers/promises'
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino'
import { findHint } from './log-hints.ts'

export type { Logger }

interface LoggedError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const MAX_CAUSES = 6
/** Beyond this, lines are dropped: a stalled reader must neither block the server nor fill its memory. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024
const FLUSH_MS = 5000
/** Lines wait for others up to this long, and are written together. */
const GATHER_MS = 50
const WRITE_BYTES = 16 * 1024
/** POSIX: so much is written to a pipe in one piece. */
const PIPE_BYTES = 4096

function toLoggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' }
  const quotesInput = error instanceof SyntaxError
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: error.name,
    // The message and stack of a SyntaxError quote the input.
    message: quotesInput ? 'not shown' : error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined || quotesInput ? {} : { stack: error.stack }),
    ...(error.cause instanceof Error && depth < MAX_CAUSES
      ? { cause: toLoggedError(error.cause, depth + 1) }
      : {}),
  }
}

const WARN = 40

/** Adds the section of docs/troubleshooting.md to warnings and errors that have one. */
function addHint(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
  if (level < WARN) method.apply(this, args)
  else Reflect.apply(method, this, withHint(args))
}

/** The caller's own `hint` wins. */
function withHint(args: readonly unknown[]): readonly unknown[] {
  const [first, second] = args
  const [fields, message] = typeof first === 'string' ? [{}, first] : [first, second]
  const hint = findHint(message)
  return hint === undefined ? args : [{ hint, ...(fields as object) }, message]
}

export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => toLoggedError(error) },
      hooks: { logMethod: addHint },
    },
    options.destination ?? openLogOutput(),
  )
}

/**
 * Standard output. Writing to it never blocks, however slow its reader is. A write for each line would take a
 * twentieth of the CPU of a refresh. A process that is killed loses the lines of its last 50 ms.
 * @param options.isShared other processes write to it too: no line is written into another one
 */
export function openLogOutput({ isShared }: { isShared: boolean } = { isShared: false }) {
  const maxWrite = isShared ? PIPE_BYTES : WRITE_BYTES
  return pino.destination({
    dest: 1,
    sync: false,
    minLength: maxWrite / 2,
    periodicFlush: GATHER_MS,
    maxWrite,
    maxLength: MAX_UNREAD_BYTES,
  })
}

/** Ends the process once all log lines are written, in order. */
export async function exitAfterLog(
  output: ReturnType<typeof openLogOutput>,
  code: number,
): Promise<never> {
  const isWritten = new Promise((resolve) => output.flush(() => resolve(true)))
  // If the reader has stalled, pino's flush on exit would wait for ever.
  if (!(await Promise.race([isWritten, sleep(FLUSH_MS)]))) output.flushSync = () => {}
  process.exit(code)
}
