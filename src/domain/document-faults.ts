// Translates the errors of fetching and parsing a published document into our error codes, and tells a fault
// that may pass from a permanent one. document-cache.ts acts on that.
import { AppError, type AppErrorCode } from '../errors.ts'
import { FetchError, type FetchFault } from '../outbound/guarded-fetch.ts'

/** A published document breaks the rules. `reason` is a constant sentence that anyone may read. */
export class InvalidDocument extends Error {
  readonly reason: string
  /** Its publisher did this on purpose, so the cached document is removed. Otherwise the fault may pass. */
  readonly isDeliberate: boolean

  constructor(reason: string, { isDeliberate }: { isDeliberate: boolean }) {
    super(reason)
    this.name = 'InvalidDocument'
    this.reason = reason
    this.isDeliberate = isDeliberate
  }
}

/** The error codes and public sentences for one kind of document. */
export interface DocumentFaults {
  readonly unavailable: AppErrorCode
  readonly refused: AppErrorCode
  /** For a host without a public address: the client, or the network of this server, may be at fault. */
  readonly unresolved: AppErrorCode
  /** For 404 and 410. */
  readonly withdrawn: AppErrorCode
  /** Whether a 410 withdraws the document at once. If not, it has to last, as a 404 has to. */
  readonly isGonePermanent: boolean
  /** Why a document is refused. A fetch fault that is not listed makes it unavailable. */
  readonly reasons: Partial<Record<FetchFault, string>>
}

/** A document could not be fetched, or is invalid. */
export class LoadFailure extends Error {
  readonly fault: AppError
  /** The cached document is removed, and clients get `fault` too. Otherwise the fault may pass. */
  readonly isPermanent: boolean
  /** The answer was 404 or 410. */
  readonly isMissing: boolean

  constructor(fault: AppError, { isPermanent = false, isMissing = false } = {}) {
    super(fault.message, { cause: fault })
    this.fault = fault
    this.isPermanent = isPermanent
    this.isMissing = isMissing
  }
}

const NOT_FOUND = 404
const GONE = 410

/** Undefined: the error comes from neither the document nor its fetch. */
export function toLoadFailure(error: unknown, faults: DocumentFaults): LoadFailure | undefined {
  if (error instanceof InvalidDocument) {
    const fault = new AppError(faults.refused, { cause: error, detail: error.reason })
    return new LoadFailure(fault, { isPermanent: error.isDeliberate })
  }
  if (!(error instanceof FetchError)) return undefined
  if (error.status === NOT_FOUND || error.status === GONE) {
    const isPermanent = error.status === GONE && faults.isGonePermanent
    const fault = new AppError(faults.withdrawn, { cause: error })
    return new LoadFailure(fault, { isPermanent, isMissing: true })
  }
  const reason = faults.reasons[error.fault]
  if (reason === undefined)
    return new LoadFailure(new AppError(faults.unavailable, { cause: error }))
  const code = error.fault === 'address' ? faults.unresolved : faults.refused
  const fault = new AppError(code, { cause: error, detail: reason })
  // If the URL itself is not acceptable, no retry helps.
  return new LoadFailure(fault, { isPermanent: error.fault === 'url' })
}
