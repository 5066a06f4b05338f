// What clients publish at URLs of theirs, kept here: fetched when needed, fresh as long as its HTTP
// headers say within bounds, and the last good copy for a while longer, since their outages are not ours.
// An error is never kept as a copy (draft-ietf-oauth-client-id-metadata-document); it only spares the
// publisher the next fetches for some seconds.
import { createBoundedMap } from '../bounded-map.ts'
import { AppError, type AppErrorCode } from '../errors.ts'
import { FetchError, type FetchFault } from '../outbound/guarded-fetch.ts'
import type { JsonFetch } from '../outbound/json-fetch.ts'
import type { CopyStore } from '../records/document-store.ts'
import type { CachedDocument as Copy } from '../records/record-values.ts'

export interface RemoteCopies<T> {
  /** @throws AppError one of the codes of `wording`, or store_unavailable */
  find(url: string, options?: FindOptions<T>): Promise<T>
}

interface FindOptions<T> {
  /** Whether a copy that is no longer fresh will do, while a new one is fetched behind it. */
  readonly mayBeStale?: boolean
  /** Whether a person reads the fault. A client is told of trouble, not of a verdict on itself. */
  readonly isTold?: boolean
  /** Whether the copy has what is wanted; otherwise a fresh one is fetched anew as well. */
  readonly isEnough?: (value: T) => boolean
}

/** What was published breaks the rules; `reason` is a constant sentence for the public. */
export class UnfitCopy extends Error {
  readonly reason: string
  /** Its publisher meant it: the last good copy goes. Otherwise it may be trouble on the way. */
  readonly isMeant: boolean

  constructor(reason: string, { isMeant }: { isMeant: boolean }) {
    super(reason)
    this.name = 'UnfitCopy'
    this.reason = reason
    this.isMeant = isMeant
  }
}

export interface CopyWording {
  readonly unavailable: AppErrorCode
  readonly refused: AppErrorCode
  readonly withdrawn: AppErrorCode
  readonly reasons: Partial<Record<FetchFault, string>>
}

export interface CopyBounds {
  readonly minFreshSeconds: number
  readonly maxFreshSeconds: number
  /** How long the last good copy outlives its freshness. */
  readonly keepSeconds: number
  /** How long a failure stands before the next fetch. */
  readonly retrySeconds: number
}

/** A fetch that brought no good copy. */
class FailedFetch extends Error {
  readonly fault: AppError
  /** The last good copy goes. */
  readonly isFinal: boolean

  constructor(fault: AppError, isFinal: boolean) {
    super(fault.message, { cause: fault })
    this.fault = fault
    this.isFinal = isFinal
  }
}

const MOST_FAILURES = 1000
const GONE = 410
const NOT_FOUND = 404
/** What is missing for so long is meant to be; for shorter, it may be a deployment of the publisher's. */
const MISSING_MS = 5 * 60 * 1000

export function createRemoteCopies<T>(options: {
  copies: CopyStore
  fetch: JsonFetch
  /** @throws UnfitCopy */
  read: (url: string, value: unknown) => T
  wording: CopyWording
  bounds: CopyBounds
  now: () => number
  onFailure: (url: string, fault: AppError) => void
}): RemoteCopies<T> {
  const { copies, read, wording, bounds, now } = options
  const pending = new Map<string, Promise<T>>()
  const failures = createBoundedMap<{ failure: FailedFetch; untilMs: number }>(MOST_FAILURES)

  function describe(error: unknown): FailedFetch | undefined {
    if (error instanceof UnfitCopy) {
      const fault = new AppError(wording.refused, { cause: error, detail: error.reason })
      return new FailedFetch(fault, error.isMeant)
    }
    if (!(error instanceof FetchError)) return undefined
    if (error.status === GONE || error.status === NOT_FOUND) {
      const isFinal = error.status === GONE && wording.withdrawn !== wording.refused
      return new FailedFetch(new AppError(wording.withdrawn, { cause: error }), isFinal)
    }
    const reason = wording.reasons[error.fault]
    if (reason === undefined) {
      return new FailedFetch(new AppError(wording.unavailable, { cause: error }), false)
    }
    // An address that can never be fetched is no trouble that passes.
    const isFinal = error.fault === 'url'
    return new FailedFetch(new AppError(wording.refused, { cause: error, detail: reason }), isFinal)
  }

  /** Notes a 404 or 410 at the copy; true: it has lasted. */
  async function isMissingForLong(url: string, copy: Copy | undefined, fault: AppError) {
    const status = fault.cause instanceof FetchError ? fault.cause.status : undefined
    if (!copy || (status !== NOT_FOUND && status !== GONE)) return false
    const { missingSinceMs = now() } = copy
    if (now() - missingSinceMs >= MISSING_MS) return true
    const leftMs = copy.freshUntilMs + bounds.keepSeconds * 1000 - now()
    await copies.save(url, { ...copy, missingSinceMs }, Math.max(1, Math.ceil(leftMs / 1000)))
    return false
  }

  async function download(url: string, before: Copy | undefined): Promise<T> {
    try {
      const { value, maxAgeSeconds = 0 } = await options.fetch(url)
      const known = read(url, value)
      const { minFreshSeconds, maxFreshSeconds, keepSeconds } = bounds
      const freshSeconds = Math.min(maxFreshSeconds, Math.max(minFreshSeconds, maxAgeSeconds))
      const fetchedAtMs = now()
      const copy: Copy = { value, fetchedAtMs, freshUntilMs: fetchedAtMs + freshSeconds * 1000 }
      await copies.save(url, copy, freshSeconds + keepSeconds)
      return known
    } catch (error) {
      const described = describe(error)
      if (!described) throw error
      const isFinal = described.isFinal || (await isMissingForLong(url, before, described.fault))
      const failure = new FailedFetch(described.fault, isFinal)
      // That we were busy says nothing of this address.
      if (!(error instanceof FetchError && error.fault === 'busy')) {
        failures.set(url, { failure, untilMs: now() + bounds.retrySeconds * 1000 })
      }
      options.onFailure(url, failure.fault)
      if (failure.isFinal) await copies.remove(url)
      throw failure
    }
  }

  async function renew(url: string, before: Copy | undefined): Promise<T> {
    const failed = failures.get(url)
    if (failed && now() < failed.untilMs) throw failed.failure
    const running = pending.get(url) ?? download(url, before).finally(() => pending.delete(url))
    pending.set(url, running)
    return running
  }

  /** Undefined: the rules have changed since it was kept. */
  function readCopy(url: string, copy: Copy | undefined): T | undefined {
    try {
      return copy && read(url, copy.value)
    } catch (error) {
      if (error instanceof UnfitCopy) return undefined
      throw error
    }
  }

  return {
    async find(url, { mayBeStale = false, isTold = false, isEnough = () => true } = {}) {
      const copy = await copies.find(url)
      const known = readCopy(url, copy)
      const enough = known !== undefined && isEnough(known)
      if (copy && known !== undefined) {
        const isNew = now() < copy.fetchedAtMs + bounds.retrySeconds * 1000
        if (now() < copy.freshUntilMs && (enough || isNew)) return known
        if (mayBeStale && enough) {
          // Its failure is told through onFailure; this request does not wait for it.
          renew(url, copy).catch(() => {})
          return known
        }
      }
      try {
        return await renew(url, copy)
      } catch (error) {
        if (!(error instanceof FailedFetch)) throw error
        if (known !== undefined && enough && !error.isFinal) return known
        if (isTold || error.isFinal) throw error.fault
        throw new AppError(wording.unavailable, { cause: error.fault })
      }
    },
  }
}
