// Creates, opens, checks and migrates the SQLite file, and retries while it is locked. sqlite-group.ts writes the
// records in it, sqlite-reader.ts reads them.

import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { damagedFile, explainDamage, isBusy } from './sqlite-errors.ts'

const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE records (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_expiry ON records (expires_at_ms);
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** The value of PRAGMA auto_vacuum: pages are given back on request. */
export const INCREMENTAL = 2

// Pages of 4 KiB. Without a limit, the log would stay as long as it ever was.
const WAL_BYTES_KEPT = 4096 * 4096

/** @param options.isChecked the file was intact when this process opened it before */
export async function openSqliteDatabase(
  path: string,
  busyTimeoutMs: number,
  { isChecked = false }: { isChecked?: boolean } = {},
): Promise<DatabaseSync> {
  createFile(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    await retryWhileBusy(busyTimeoutMs, () => {
      // Only an empty file takes this setting. sqlite-sweeper.ts does without it in a file of an earlier release.
      const mode = database.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum']
      if (mode !== INCREMENTAL) database.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`)
      database.exec('PRAGMA journal_mode = WAL')
      database.exec(`PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`)
      // With NORMAL, a commit survives kill -9 but not a power cut, which would make spent codes valid again
      // and lose rotated refresh tokens. FULL survives both, at the cost of one fsync per commit.
      database.exec('PRAGMA synchronous = FULL')
    })
    if (!isChecked) await retryWhileBusy(busyTimeoutMs, () => requireIntact(database, path))
    await retryWhileBusy(busyTimeoutMs, () => migrate(database))
  } catch (error) {
    database.close()
    throw explainDamage(error, path)
  }
  return database
}

function createFile(path: string): void {
  // To close a file ends the locks that SQLite has on it in this process, so one that exists is never opened.
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite would create it readable for everyone (minus umask). -wal and -shm get the same mode as this file.
  closeSync(openSync(path, 'a', 0o600))
}

/**
 * A damaged key would make its record absent, and clients would throw their tokens away. quick_check does not
 * find that: it does not compare the table with its index.
 */
function requireIntact(database: DatabaseSync, path: string): void {
  const [row] = database.prepare('PRAGMA integrity_check(1)').all()
  const finding = row?.['integrity_check']
  if (finding !== 'ok') throw damagedFile(path, new Error(String(finding)))
}

function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = database.prepare('PRAGMA user_version').get()?.['user_version']
    if (typeof version !== 'number') throw new Error('the SQLite file has no schema version')
    if (version > SCHEMA_VERSION) {
      throw new Error(
        `the schema version of the SQLite file, ${version}, is newer than ${SCHEMA_VERSION}, the ` +
          'newest that this release supports',
      )
    }
    if (version === 0) database.exec(SCHEMA)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/**
 * Retries while another process holds the lock. SQLite's own busy_timeout would wait just as long, but it
 * blocks the event loop, once for each waiting request.
 */
export async function retryWhileBusy<T>(busyTimeoutMs: number, operation: () => T): Promise<T> {
  const endsAtMs = performance.now() + busyTimeoutMs
  for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 50)) {
    try {
      return operation()
    } catch (error) {
      if (!isBusy(error) || performance.now() + delayMs > endsAtMs) throw error
    }
    await sleep(delayMs)
  }
}

export function textOf(row: Record<string, unknown>, column: string): string {
  const text = row[column]
  if (typeof text !== 'string') throw new Error(`SQLite returned no text for ${column}`)
  return text
}
