// For one machine, with no service to run. Every operation is one statement, so SQLite makes it atomic
// across processes. An expired record is invisible at once, and deleted a day later by confirmed-clock.ts.

import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKeyvOperations, type KeyvAdapter } from '../keyv-operations.ts'
import type { Store } from '../store.ts'
import { createConfirmedClock } from './confirmed-clock.ts'
import { openSqliteDatabase, retryWhileBusy } from './sqlite-database.ts'
import { explainDamage, isBusy } from './sqlite-errors.ts'
import { rememberSqliteFile } from './sqlite-file.ts'

const SWEEP_INTERVAL_MS = 30_000
/** How long an expired record is kept: a clock that is wrong by hours deletes nothing. */
const KEPT_EXPIRED_MS = 24 * 60 * 60_000
// A batch takes a few ms. In the pause after it, the waiting requests of this process run, and another
// process can lock the file.
const SWEEP_BATCH = 500
const SWEEP_PAUSE_MS = 10
const SCAN_PAGE = 500

interface SqliteStoreOptions {
  path: string
  now: () => number
  monotonicNow: () => number
  /** How long a call waits while another process has locked the file. */
  busyTimeoutMs: number
  onError: (error: Error) => void
}

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, now, busyTimeoutMs, onError } = options
  const database = await openSqliteDatabase(path, busyTimeoutMs)
  const file = rememberSqliteFile(path)
  const statements = prepareStatements(database)
  const confirmedNow = createConfirmedClock(options)
  // The clock settles from its first call on.
  confirmedNow()

  const run = <T>(operation: () => T): Promise<T> =>
    retryWhileBusy(busyTimeoutMs, operation).catch((error: unknown) => {
      throw explainDamage(error, path)
    })
  const runOnSameFile = <T>(operation: () => T): Promise<T> =>
    run(() => {
      file.requireUnchanged()
      return operation()
    })

  const adapter: KeyvAdapter = {
    get: (key) =>
      run(() => {
        const row = statements.find.get(key, now())
        return row && textOf(row, 'value')
      }),
    set: (key, value, ttlMs) =>
      runOnSameFile(() => void statements.set.run(key, value, now() + ttlMs)),
    delete: (key) => runOnSameFile(() => statements.delete.run(key).changes > 0),
  }

  const swapNow = (
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlSeconds: number,
  ): boolean => {
    const nowMs = now()
    const expiresAtMs = nowMs + ttlSeconds * 1000
    if (expected === undefined) {
      if (next === undefined) return statements.find.get(key, nowMs) === undefined
      return statements.create.run(key, next, expiresAtMs, nowMs).changes > 0
    }
    if (next === undefined) return statements.remove.run(key, expected, nowMs).changes > 0
    return statements.replace.run(next, expiresAtMs, key, expected, nowMs).changes > 0
  }

  const sweepExpired = async (): Promise<void> => {
    try {
      // The log tells of a deleted file even if nobody writes.
      file.requireUnchanged()
      const confirmedMs = confirmedNow()
      if (confirmedMs === undefined) return
      const limitMs = Math.floor(confirmedMs - KEPT_EXPIRED_MS)
      while (database.isOpen && statements.sweep.run(limitMs).changes === SWEEP_BATCH) {
        await sleep(SWEEP_PAUSE_MS, undefined, { ref: false })
      }
    } catch (failure) {
      if (isBusy(failure)) return
      const error = explainDamage(failure, path)
      onError(error instanceof Error ? error : new Error('the sweep failed', { cause: error }))
    }
  }
  const sweeper = setInterval(() => void sweepExpired(), SWEEP_INTERVAL_MS).unref()

  return {
    ...createKeyvOperations(adapter),
    swap: (key, expected, next, ttlSeconds) =>
      runOnSameFile(() => swapNow(key, expected, next, ttlSeconds)),
    take: (key) =>
      runOnSameFile(() => {
        // all() runs the statement to its end, so that a failed commit is an error. get() would stop at the
        // first row and return a value that is still in the file.
        const [row] = statements.take.all(key, now())
        return row && textOf(row, 'value')
      }),
    async *scan(prefix) {
      let last = ''
      while (true) {
        const page = await run(() => statements.scan.all(prefix, last, now()))
        for (const row of page) {
          last = textOf(row, 'key')
          if (!last.startsWith(prefix)) return
          yield last
        }
        if (page.length < SCAN_PAGE) return
      }
    },
    ping: () => runOnSameFile(() => void statements.ping.get()),
    async close() {
      clearInterval(sweeper)
      if (database.isOpen) database.close()
    },
  }
}

function prepareStatements(database: DatabaseSync) {
  const upsert = `INSERT INTO records (key, value, expires_at_ms) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms`
  return {
    find: database.prepare('SELECT value FROM records WHERE key = ? AND expires_at_ms > ?'),
    set: database.prepare(upsert),
    delete: database.prepare('DELETE FROM records WHERE key = ?'),
    create: database.prepare(`${upsert} WHERE records.expires_at_ms <= ?`),
    replace: database.prepare(`UPDATE records SET value = ?, expires_at_ms = ?
      WHERE key = ? AND value = ? AND expires_at_ms > ?`),
    remove: database.prepare(
      'DELETE FROM records WHERE key = ? AND value = ? AND expires_at_ms > ?',
    ),
    take: database.prepare(
      'DELETE FROM records WHERE key = ? AND expires_at_ms > ? RETURNING value',
    ),
    scan: database.prepare(`SELECT key FROM records WHERE key >= ? AND key > ? AND expires_at_ms > ?
      ORDER BY key LIMIT ${SCAN_PAGE}`),
    sweep: database.prepare(`DELETE FROM records WHERE key IN
      (SELECT key FROM records WHERE expires_at_ms <= ? LIMIT ${SWEEP_BATCH})`),
    ping: database.prepare('SELECT count(*) FROM (SELECT 1 FROM records LIMIT 1)'),
  }
}

function textOf(row: Record<string, unknown>, column: string): string {
  const text = row[column]
  if (typeof text !== 'string') throw new Error(`SQLite returned no text for ${column}`)
  return text
}
