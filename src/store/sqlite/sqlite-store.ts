// For one machine, with no service to run. Records are read on the main thread and written by a thread of their
// own (docs/adr/0029-sqlite-writer-thread.md). Every operation is one statement, so SQLite makes it atomic across
// processes. An expired record is invisible at once, and deleted a day later by confirmed-clock.ts.

import { createKeyvOperations, type KeyvAdapter } from '../keyv-operations.ts'
import { scanKeys } from '../scan-keys.ts'
import type { Store } from '../store.ts'
import { createConfirmedClock } from './confirmed-clock.ts'
import { requireUnchanged } from './sqlite-file.ts'
import type { Write } from './sqlite-messages.ts'
import { openSqliteReader } from './sqlite-reader.ts'
import { openSqliteWriter } from './sqlite-writer.ts'

const SWEEP_INTERVAL_MS = 30_000
/** How long an expired record is kept: a clock that is wrong by hours deletes nothing. */
const KEPT_EXPIRED_MS = 24 * 60 * 60_000

interface SqliteStoreOptions {
  path: string
  now: () => number
  monotonicNow: () => number
  /** How long a call waits while another process has locked the file. */
  busyTimeoutMs: number
  onError: (error: Error) => void
}

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { now, onError } = options
  const { writer, reader } = await openBoth(options)
  const confirmedNow = createConfirmedClock(options)
  // The clock settles from its first call on.
  confirmedNow()

  const hasChanged = async (write: Write) => (await writer.write(write)) === true

  const adapter: KeyvAdapter = {
    get: reader.find,
    async set(key, value, ttlMs) {
      await writer.write({ kind: 'set', key, value, expiresAtMs: now() + ttlMs })
    },
    delete: (key) => hasChanged({ kind: 'delete', key }),
  }

  const sweepExpired = (): void => {
    try {
      // The log tells of a deleted file even if nobody writes.
      requireUnchanged(writer.file)
    } catch (error) {
      if (error instanceof Error) onError(error)
      return
    }
    const confirmedMs = confirmedNow()
    if (confirmedMs !== undefined) writer.sweep(Math.floor(confirmedMs - KEPT_EXPIRED_MS))
  }
  const sweeper = setInterval(sweepExpired, SWEEP_INTERVAL_MS).unref()

  return {
    ...createKeyvOperations(adapter),
    async swap(key, expected, next, ttlSeconds) {
      const nowMs = now()
      const expiresAtMs = nowMs + ttlSeconds * 1000
      if (expected === undefined) {
        if (next === undefined) return (await reader.find(key)) === undefined
        return hasChanged({ kind: 'create', key, value: next, expiresAtMs, nowMs })
      }
      if (next === undefined) return hasChanged({ kind: 'remove', key, expected, nowMs })
      return hasChanged({ kind: 'replace', key, expected, value: next, expiresAtMs, nowMs })
    },
    async take(key) {
      const value = await writer.write({ kind: 'take', key, nowMs: now() })
      return typeof value === 'string' ? value : undefined
    },
    getWithTtl: reader.findWithTtl,
    scan: (prefix) => scanKeys(reader.scanPages(prefix)),
    scanPages: reader.scanPages,
    async ping() {
      writer.requireRunning()
      requireUnchanged(writer.file)
      await reader.ping()
    },
    async close() {
      clearInterval(sweeper)
      // The writer is the last to close the file: only it can clear the write-ahead log.
      reader.close()
      await writer.close()
    },
  }
}

async function openBoth(options: SqliteStoreOptions) {
  const writer = await openSqliteWriter(options)
  try {
    const reader = await openSqliteReader(options)
    // Both have the same file open.
    requireUnchanged(writer.file)
    return { writer, reader }
  } catch (error) {
    await writer.close()
    throw error
  }
}
