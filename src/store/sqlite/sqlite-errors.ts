// Which of SQLite's errors mean that the file is locked or damaged, and what the operator reads about damage.

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_BUSY
}

/** Names the file and the way back if the error says that the file is damaged; else the error as it is. */
export function explainDamage(error: unknown, path: string): unknown {
  const code = primaryCodeOf(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB ? damagedFile(path, error) : error
}

export function damagedFile(path: string, cause: unknown): Error {
  return new Error(
    `the SQLite file ${path} is damaged; stop the server and move the file away, with its -wal and -shm; ` +
      'then put a backup in its place, or what sqlite3 FILE .recover saves, or start without one, and ' +
      'everybody signs in again',
    { cause },
  )
}

/** The low byte of the code: SQLITE_BUSY_RECOVERY and the like count as SQLITE_BUSY. */
function primaryCodeOf(error: unknown): number | undefined {
  const isCoded = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
  return isCoded ? (error.errcode as number) & 0xff : undefined
}
