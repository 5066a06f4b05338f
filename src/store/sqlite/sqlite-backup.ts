// A copy of an SQLite file while servers use it. One statement reads one state of the file and holds up no writer,
// while a copy in steps, as `.backup` of the sqlite3 shell makes it, begins anew after each write of another process.

import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { retryWhileBusy } from './sqlite-database.ts'
import { explainDamage } from './sqlite-errors.ts'

/** @param options.target must not exist; it becomes readable for its owner alone */
export async function backUpSqliteFile(options: {
  path: string
  target: string
  busyTimeoutMs: number
}): Promise<void> {
  const { path, target, busyTimeoutMs } = options
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  const file = openSync(target, 'wx', 0o600)
  try {
    const copy = database.prepare('VACUUM INTO ?')
    await retryWhileBusy(busyTimeoutMs, () => copy.run(target))
    fsyncSync(file)
  } catch (error) {
    throw explainDamage(error, path)
  } finally {
    closeSync(file)
    database.close()
  }
}
