// The errors that we raise ourselves. faults.ts has the constant public words of each code. The cause stays
// private and goes to the log. provider/ handles the engine's own errors.
import { FAULTS, type Fault } from './faults.ts'

export type AppErrorCode = keyof typeof FAULTS

export class AppError extends Error {
  readonly code: AppErrorCode
  readonly status: number
  readonly error: string
  /** The description of the code, followed by the detail. */
  readonly description: string
  readonly detail: string | undefined
  readonly challenge: Fault['challenge']
  /** For the response's Retry-After header. */
  readonly retryAfterSeconds: number | undefined

  /** @param options.detail a further constant sentence, which says what exactly is wrong */
  constructor(
    code: AppErrorCode,
    options?: { cause?: unknown; detail?: string; retryAfterSeconds?: number },
  ) {
    const fault: Fault = FAULTS[code]
    super(code, options)
    this.name = 'AppError'
    this.code = code
    this.status = fault.status
    this.error = fault.error
    this.detail = options?.detail
    this.description = [fault.description, options?.detail].filter(Boolean).join(' ')
    this.challenge = fault.challenge
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/** Searches the error and its causes, because the storage adapter wraps our errors in the engine's. */
export function findAppError(error: unknown): AppError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause
  }
  return undefined
}

/** Why something failed, in one sentence: the message of the cause that we gave to our error. */
export function reasonOf(error: unknown): string {
  const cause = findAppError(error)?.cause ?? error
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}
