// Reads records on a read-only connection of the main thread: a read takes no longer than a message to the
// writer thread, and never waits for its fsync. A statement reads the newest commit of the write-ahead log, so
// it sees every write that was acknowledged before.

import { DatabaseSync } from 'node:sqlite'
import type { TimedValue } from '../store.ts'
import { retryWhileBusy, textOf } from './sqlite-database.ts'
import { explainDamage } from './sqlite-errors.ts'

const SCAN_PAGE = 500

export interface SqliteReader {
  find(key: string): Promise<string | undefined>
  findWithTtl(key: string): Promise<TimedValue | undefined>
  scanPages(prefix: string): AsyncIterable<readonly string[]>
  /** Rejects if the file cannot be read. */
  ping(): Promise<void>
  close(): void
}

/** Call when the writer thread has opened the file: a read-only connection cannot create its write-ahead log. */
export async function openSqliteReader(options: {
  path: string
  now: () => number
  /** How long a call waits while another process has locked the file. */
  busyTimeoutMs: number
}): Promise<SqliteReader> {
  const { path, now, busyTimeoutMs } = options
  const run = <T>(operation: () => T): Promise<T> =>
    retryWhileBusy(busyTimeoutMs, operation).catch((error: unknown) => {
      throw explainDamage(error, path)
    })
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  const statements = await run(() => prepareStatements(database)).catch((error: unknown) => {
    database.close()
    throw error
  })

  return {
    find: (key) =>
      run(() => {
        const row = statements.find.get(key, now())
        return row && textOf(row, 'value')
      }),
    findWithTtl: (key) =>
      run(() => {
        const nowMs = now()
        const row = statements.find.get(key, nowMs)
        return row && { value: textOf(row, 'value'), ttlMs: Number(row['expires_at_ms']) - nowMs }
      }),
    async *scanPages(prefix) {
      let last = ''
      while (true) {
        const rows = await run(() => statements.scan.all(prefix, last, now()))
        const keys = rows.map((row) => textOf(row, 'key'))
        const wanted = keys.filter((key) => key.startsWith(prefix))
        yield wanted
        last = keys.at(-1) ?? ''
        if (keys.length < SCAN_PAGE || wanted.length < keys.length) return
      }
    },
    ping: () => run(() => void statements.ping.get()),
    close: () => database.close(),
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    find: database.prepare(
      'SELECT value, expires_at_ms FROM records WHERE key = ? AND expires_at_ms > ?',
    ),
    scan: database.prepare(`SELECT key FROM records WHERE key >= ? AND key > ? AND expires_at_ms > ?
      ORDER BY key LIMIT ${SCAN_PAGE}`),
    ping: database.prepare('SELECT count(*) FROM (SELECT 1 FROM records LIMIT 1)'),
  }
}
