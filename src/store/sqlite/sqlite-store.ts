// One machine, no service to run. Every operation is one statement, so SQLite itself makes it atomic
// between processes; an expired record is invisible at once and swept later.

import { setTimeout as sleep } from 'node:timers/promises'
import { createKeyvOperations, type KeyvAdapter } from '../keyv-operations.ts'
import type { Store } from '../store.ts'
import { isBusy, openSqliteDatabase, whileBusy } from './sqlite-database.ts'

const SWEEP_INTERVAL_MS = 30_000
// A few ms of work, and a pause in which whoever waits gets the file: here the next turn of the event
// loop, in another process the next attempt.
const SWEEP_BATCH = 500
const SWEEP_PAUSE_MS = 10
const SCAN_PAGE = 500

const SQL = {
  find: 'SELECT value FROM records WHERE key = ? AND expires_at_ms > ?',
  set: `INSERT INTO records (key, value, expires_at_ms) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms`,
  delete: 'DELETE FROM records WHERE key = ?',
  create: `INSERT INTO records (key, value, expires_at_ms) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms
    WHERE records.expires_at_ms <= ?`,
  replace: `UPDATE records SET value = ?, expires_at_ms = ?
    WHERE key = ? AND value = ? AND expires_at_ms > ?`,
  remove: 'DELETE FROM records WHERE key = ? AND value = ? AND expires_at_ms > ?',
  take: 'DELETE FROM records WHERE key = ? AND expires_at_ms > ? RETURNING value',
  scan: `SELECT key FROM records WHERE key >= ? AND key > ? AND expires_at_ms > ?
    ORDER BY key LIMIT ${SCAN_PAGE}`,
  sweep: `DELETE FROM records WHERE key IN
    (SELECT key FROM records WHERE expires_at_ms <= ? LIMIT ${SWEEP_BATCH})`,
  ping: 'SELECT count(*) FROM (SELECT 1 FROM records LIMIT 1)',
} as const

interface SqliteStoreOptions {
  path: string
  now: () => number
  /** How long a call waits for another process to let go of the file. */
  patienceMs: number
  onError: (error: Error) => void
}

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, now, patienceMs, onError } = options
  const database = await openSqliteDatabase(path, patienceMs)
  const { find, set, delete: drop, create, replace, remove, take, scan, sweep, ping } = prepareAll()

  function prepareAll() {
    const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)])
    return Object.fromEntries(entries) as Record<
      keyof typeof SQL,
      ReturnType<typeof database.prepare>
    >
  }
  const attempt = <T>(operation: () => T): Promise<T> => whileBusy(patienceMs, operation)
  const textOf = (row: Record<string, unknown> | undefined, column: string): string | undefined => {
    const text = row?.[column]
    return typeof text === 'string' ? text : undefined
  }

  const adapter: KeyvAdapter = {
    get: (key) => attempt(() => textOf(find.get(key, now()), 'value')),
    set: (key, value, ttlMs) => attempt(() => void set.run(key, value, now() + ttlMs)),
    delete: (key) => attempt(() => drop.run(key).changes > 0),
  }

  const swapNow = (
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlSeconds: number,
  ): boolean => {
    const nowMs = now()
    const expiresAtMs = nowMs + ttlSeconds * 1000
    if (expected === undefined && next === undefined) return find.get(key, nowMs) === undefined
    if (expected === undefined) return create.run(key, next ?? '', expiresAtMs, nowMs).changes > 0
    if (next === undefined) return remove.run(key, expected, nowMs).changes > 0
    return replace.run(next, expiresAtMs, key, expected, nowMs).changes > 0
  }

  const sweepExpired = async (): Promise<void> => {
    try {
      while (database.isOpen && sweep.run(now()).changes === SWEEP_BATCH) {
        await sleep(SWEEP_PAUSE_MS, undefined, { ref: false })
      }
    } catch (error) {
      if (!isBusy(error)) onError(error as Error)
    }
  }
  const sweeper = setInterval(() => void sweepExpired(), SWEEP_INTERVAL_MS).unref()

  return {
    ...createKeyvOperations(adapter),
    swap: (key, expected, next, ttlSeconds) =>
      attempt(() => swapNow(key, expected, next, ttlSeconds)),
    // all(), not get(): stepped to its end, so that a failing commit is an error and not a value.
    take: (key) => attempt(() => textOf(take.all(key, now())[0], 'value')),
    async *scan(prefix) {
      let last = ''
      while (true) {
        const page = await attempt(() => scan.all(prefix, last, now()))
        for (const row of page) {
          last = textOf(row, 'key') ?? last
          if (!last.startsWith(prefix)) return
          yield last
        }
        if (page.length < SCAN_PAGE) return
      }
    },
    ping: () => attempt(() => void ping.get()),
    async close() {
      clearInterval(sweeper)
      if (database.isOpen) database.close()
    },
  }
}
