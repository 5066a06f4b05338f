// Group commit: writes that wait together share one transaction, and so one fsync. Runs in the writer thread.

import type { DatabaseSync } from 'node:sqlite'
import { textOf } from './sqlite-database.ts'
import { explainDamage } from './sqlite-errors.ts'
import { requireUnchanged, type SqliteFile } from './sqlite-file.ts'
import type { Outcome, Write, WriteResult } from './sqlite-messages.ts'

const UPSERT = `INSERT INTO records (key, value, expires_at_ms) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms`

/**
 * The result carries out writes in their order, in one transaction. A write that fails alone is undone alone,
 * and has an error as its outcome.
 * @throws if the transaction could not begin or was not committed: none of the writes happened
 */
export function createGroupCommit(options: {
  database: DatabaseSync
  path: string
  file: SqliteFile
}): (writes: readonly Write[]) => Outcome[] {
  const { database, path, file } = options
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollBack = database.prepare('ROLLBACK')
  const savepoint = database.prepare('SAVEPOINT one_write')
  const undoWrite = database.prepare('ROLLBACK TO one_write')
  const release = database.prepare('RELEASE one_write')
  const carryOut = prepareWrites(database)

  const attempt = (write: Write): Outcome => {
    savepoint.run()
    try {
      const result = carryOut(write)
      release.run()
      return { result }
    } catch (error) {
      // After a full disk or an I/O error, SQLite has rolled back the whole transaction.
      if (!database.isTransaction) throw error
      undoWrite.run()
      release.run()
      return { error: explainDamage(error, path) }
    }
  }

  return (writes) => {
    begin.run()
    try {
      requireUnchanged(file)
      // A write without others needs no savepoint: the transaction is its own.
      const [only, ...others] = writes
      const outcomes =
        only !== undefined && others.length === 0
          ? [{ result: carryOut(only) }]
          : writes.map(attempt)
      commit.run()
      return outcomes
    } catch (error) {
      if (database.isTransaction) rollBack.run()
      throw error
    }
  }
}

function prepareWrites(database: DatabaseSync): (write: Write) => WriteResult {
  const statements = {
    set: database.prepare(UPSERT),
    create: database.prepare(`${UPSERT} WHERE records.expires_at_ms <= ?`),
    replace: database.prepare(`UPDATE records SET value = ?, expires_at_ms = ?
      WHERE key = ? AND value = ? AND expires_at_ms > ?`),
    remove: database.prepare(
      'DELETE FROM records WHERE key = ? AND value = ? AND expires_at_ms > ?',
    ),
    take: database.prepare(
      'DELETE FROM records WHERE key = ? AND expires_at_ms > ? RETURNING value',
    ),
    delete: database.prepare('DELETE FROM records WHERE key = ?'),
  }
  return (write) => {
    switch (write.kind) {
      case 'set':
        return statements.set.run(write.key, write.value, write.expiresAtMs).changes > 0
      case 'create': {
        const { key, value, expiresAtMs, nowMs } = write
        return statements.create.run(key, value, expiresAtMs, nowMs).changes > 0
      }
      case 'replace': {
        const { key, expected, value, expiresAtMs, nowMs } = write
        return statements.replace.run(value, expiresAtMs, key, expected, nowMs).changes > 0
      }
      case 'remove':
        return statements.remove.run(write.key, write.expected, write.nowMs).changes > 0
      case 'take': {
        // all() runs the statement to its end. get() would stop at the first row, and the transaction could
        // not be committed while the statement runs.
        const [row] = statements.take.all(write.key, write.nowMs)
        return row && textOf(row, 'value')
      }
      case 'delete':
        return statements.delete.run(write.key).changes > 0
    }
  }
}
