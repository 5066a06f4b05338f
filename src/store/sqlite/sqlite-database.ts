// The SQLite file: how it is made, opened and waited for. What is in it: sqlite-store.ts.

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const SCHEMA_VERSION = 1
const SQLITE_BUSY = 5

const SCHEMA = `
  CREATE TABLE records (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_expiry ON records (expires_at_ms);
  PRAGMA user_version = ${SCHEMA_VERSION};
`

export async function openSqliteDatabase(path: string, patienceMs: number): Promise<DatabaseSync> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // SQLite would make it readable for all (minus umask); -wal and -shm take over this file's mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    await whileBusy(patienceMs, () => {
      database.exec('PRAGMA journal_mode = WAL')
      // A commit survives kill -9 with NORMAL too. FULL also survives a power cut, after which
      // NORMAL hands back spent codes and loses rotated refresh tokens; it costs one fsync a write.
      database.exec('PRAGMA synchronous = FULL')
      migrate(database)
    })
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version > SCHEMA_VERSION) {
      throw new Error(
        `its schema ${version} is newer than ${SCHEMA_VERSION}, the newest known here`,
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
 * Tries again while another process holds the lock. SQLite's own busy_timeout would wait as long,
 * but with the whole event loop, once per waiting request.
 */
export async function whileBusy<T>(patienceMs: number, attempt: () => T): Promise<T> {
  const endsAtMs = performance.now() + patienceMs
  for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 50)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() + delayMs > endsAtMs) throw error
    }
    await sleep(delayMs)
  }
}

export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false
  // The low byte is the primary code: SQLITE_BUSY_RECOVERY and its like are waited for as well.
  return (Number(error.errcode) & 0xff) === SQLITE_BUSY
}
