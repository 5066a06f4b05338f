// The faults that we raise ourselves. What a person or a client reads is constant, per code, in
// faults.ts; the cause stays private and goes to the log. oidc-provider's own errors live in provider/.
import { FAULTS, type Fault } from './faults.ts'

export type AppErrorCode = keyof typeof FAULTS

export class AppError extends Error {
  readonly code: AppErrorCode
  readonly status: number
  readonly error: string
  /** Of the code, and the detail behind it. */
  readonly description: string
  readonly detail: string | undefined
  readonly nextSteps: readonly string[]
  readonly challenge: Fault['challenge']

  /** @param options.detail one more constant sentence: which of several faults it is. */
  constructor(code: AppErrorCode, options?: { cause?: unknown; detail?: string }) {
    const fault: Fault = FAULTS[code]
    super(code, options)
    this.name = 'AppError'
    this.code = code
    this.status = fault.status
    this.error = fault.error
    this.detail = options?.detail
    this.description = [fault.description, options?.detail].filter(Boolean).join(' ')
    this.nextSteps = fault.nextSteps
    this.challenge = fault.challenge
  }
}

/** Ours in the error or its causes: the storage adapter wraps it into the engine's errors. */
export function findAppError(error: unknown): AppError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause
  }
  return undefined
}
