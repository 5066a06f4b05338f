// Caches the JSON documents that clients publish at URLs of their own. A document is fetched when it is
// needed and stays fresh for as long as its HTTP headers say, within bounds. The last valid document is kept
// for longer, so that an outage of its publisher is not an outage of ours. An error is never cached as a
// document (draft-ietf-oauth-client-id-metadata-document-01 §4.4); it only delays the next fetch.
import { createBoundedMap } from '../bounded-map.ts'
import { DAY_SECONDS } from '../config/lifetimes.ts'
import { AppError } from '../errors.ts'
import { FetchError } from '../outbound/guarded-fetch.ts'
import type { JsonFetch } from '../outbound/json-fetch.ts'
import type { DocumentStore } from '../records/document-store.ts'
import type { CachedDocument } from '../records/record-values.ts'
import {
  type DocumentFaults,
  InvalidDocument,
  LoadFailure,
  toLoadFailure,
} from './document-faults.ts'

export interface DocumentCache<T> {
  /** @throws AppError one of the codes of `faults`, or store_unavailable */
  get(url: string, options?: GetOptions<T>): Promise<T>
  /** Keeps a stored document for `keepSeconds` from now, because tokens depend on it. Written once a day at most. */
  keep(url: string): Promise<void>
}

interface GetOptions<T> {
  /** Return a stale document at once, and fetch the new one in the background (RFC 5861 §3). */
  readonly staleWhileRevalidate?: boolean
  /**
   * Whether a person reads the error. If not, every fault that may pass becomes the code `unavailable`:
   * a client that gets invalid_client discards its tokens.
   */
  readonly isShownToPerson?: boolean
  /** Whether a document has what the caller needs. If not, it is fetched again even while it is fresh. */
  readonly isSufficient?: (value: T) => boolean
}

interface CacheBounds {
  readonly minFreshSeconds: number
  readonly maxFreshSeconds: number
  /** How long the last valid document is kept after tokens were last issued to its client. */
  readonly keepSeconds: number
  /** How long after a fetch that failed, or did not bring what was needed, the next one is allowed. */
  readonly retrySeconds: number
}

export interface DocumentCacheOptions<T> {
  readonly store: DocumentStore
  readonly fetch: JsonFetch
  /** @throws InvalidDocument */
  readonly parse: (url: string, value: unknown) => T
  /** The part of a document to store, for `parse` to read again. Absent: all of it. */
  readonly toStored?: (parsed: T) => unknown
  readonly faults: DocumentFaults
  readonly bounds: CacheBounds
  readonly now: () => number
  /** A document could not be loaded. The caller may still have got the cached one. */
  readonly onFailure: (url: string, fault: AppError) => void
}

const MAX_FAILURES = 1000
const MAX_KEPT = 1000
/** How long a document is kept after it is no longer fresh if no tokens depend on it: anyone can name one. */
const UNUSED_KEEP_SECONDS = DAY_SECONDS
/** A document that is missing for this long was withdrawn. Before that, its publisher may be deploying. */
const WITHDRAWN_AFTER_MS = 5 * 60 * 1000

export function createDocumentCache<T>(options: DocumentCacheOptions<T>): DocumentCache<T> {
  const { store, parse, toStored, faults, bounds, now, onFailure } = options
  const unusedKeepMs = Math.min(bounds.keepSeconds, UNUSED_KEEP_SECONDS) * 1000
  /** Until when this process need not extend the life of a document again, by URL. */
  const kept = createBoundedMap<number>(MAX_KEPT)
  const loading = new Map<string, Promise<T>>()
  const failures = createBoundedMap<{ failure: LoadFailure; untilMs: number }>(MAX_FAILURES)

  function save(url: string, document: CachedDocument): Promise<void> {
    const { freshUntilMs, keptUntilMs = 0 } = document
    const leftMs = Math.max(freshUntilMs + unusedKeepMs, keptUntilMs) - now()
    return store.save(url, document, Math.max(1, Math.ceil(leftMs / 1000)))
  }

  /** Records since when the document has been missing. True: for so long that it was withdrawn. */
  async function recordMissing(url: string, cached: CachedDocument): Promise<boolean> {
    const { missingSinceMs = now() } = cached
    if (now() - missingSinceMs >= WITHDRAWN_AFTER_MS) return true
    await save(url, { ...cached, missingSinceMs })
    return false
  }

  async function load(url: string, cached: CachedDocument | undefined): Promise<T> {
    try {
      const { value, maxAgeSeconds = 0 } = await options.fetch(url)
      const parsed = parse(url, value)
      const { minFreshSeconds, maxFreshSeconds } = bounds
      const freshSeconds = Math.min(maxFreshSeconds, Math.max(minFreshSeconds, maxAgeSeconds))
      const fetchedAtMs = now()
      const freshUntilMs = fetchedAtMs + freshSeconds * 1000
      const stored = toStored ? toStored(parsed) : value
      const keptUntilMs = cached?.keptUntilMs
      await save(url, { value: stored, fetchedAtMs, freshUntilMs, keptUntilMs })
      return parsed
    } catch (error) {
      const first = toLoadFailure(error, faults)
      if (!first) throw error
      const isWithdrawn = first.isMissing && cached && (await recordMissing(url, cached))
      const failure = isWithdrawn ? new LoadFailure(first.fault, { isPermanent: true }) : first
      // `busy` is our own limit on fetches and says nothing about this URL.
      if (!(error instanceof FetchError && error.fault === 'busy')) {
        failures.set(url, { failure, untilMs: now() + bounds.retrySeconds * 1000 })
      }
      onFailure(url, failure.fault)
      if (failure.isPermanent) await store.remove(url)
      throw failure
    }
  }

  /** One fetch for all concurrent callers, and none for `retrySeconds` after a failure. */
  async function loadOnce(url: string, cached: CachedDocument | undefined): Promise<T> {
    const failed = failures.get(url)
    if (failed && now() < failed.untilMs) throw failed.failure
    const running = loading.get(url) ?? load(url, cached).finally(() => loading.delete(url))
    loading.set(url, running)
    return running
  }

  function reportBackgroundError(url: string, error: unknown): void {
    if (error instanceof LoadFailure) return // `load` has reported it
    onFailure(url, error instanceof AppError ? error : new AppError('internal', { cause: error }))
  }

  /** Undefined: there is no cached document, or the rules have changed since it was cached. */
  function parseCached(url: string, cached: CachedDocument | undefined): T | undefined {
    try {
      return cached && parse(url, cached.value)
    } catch (error) {
      if (error instanceof InvalidDocument) return undefined
      throw error
    }
  }

  return {
    async get(url, getOptions = {}) {
      const { staleWhileRevalidate = false, isShownToPerson = false, isSufficient } = getOptions
      const cached = await store.find(url)
      const value = parseCached(url, cached)
      const isUsable = value !== undefined && (isSufficient?.(value) ?? true)
      if (cached && value !== undefined) {
        const isNew = now() < cached.fetchedAtMs + bounds.retrySeconds * 1000
        if (now() < cached.freshUntilMs && (isUsable || isNew)) return value
        if (staleWhileRevalidate && isUsable) {
          loadOnce(url, cached).catch((error) => reportBackgroundError(url, error))
          return value
        }
      }
      try {
        return await loadOnce(url, cached)
      } catch (error) {
        const isRefused = error instanceof AppError && error.code === 'too_many_requests'
        if (isRefused && isUsable) return value
        if (!(error instanceof LoadFailure)) throw error
        if (isUsable && !error.isPermanent) return value
        if (isShownToPerson || error.isPermanent) throw error.fault
        throw new AppError(faults.unavailable, { cause: error.fault })
      }
    },
    async keep(url) {
      if (now() < (kept.get(url) ?? 0)) return
      const cached = await store.find(url)
      if (!cached) return
      const keptUntilMs = now() + bounds.keepSeconds * 1000
      const isDue = keptUntilMs - (cached.keptUntilMs ?? 0) >= DAY_SECONDS * 1000
      if (isDue) await save(url, { ...cached, keptUntilMs })
      kept.set(url, now() + DAY_SECONDS * 1000)
    },
  }
}
