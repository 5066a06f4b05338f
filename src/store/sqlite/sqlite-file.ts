// Notices that the SQLite file was deleted or replaced while it is open. SQLite itself would go on writing to
// the deleted file, and all of it would be lost with the process.
import { realpathSync, statSync } from 'node:fs'

/** The file and its write-ahead log, as plain data: both threads compare them. */
export type SqliteFile = readonly { readonly name: string; readonly id: string | undefined }[]

/** Call once the database is open: the files stay the same from then on, because SQLite keeps them. */
export function identifySqliteFile(path: string): SqliteFile {
  // SQLite puts the write-ahead log beside the file that a symbolic link leads to.
  return [path, `${realpathSync(path)}-wal`].map((name) => ({ name, id: identify(name) }))
}

/** @throws Error that names the file, if it is not the one that was opened */
export function requireUnchanged(file: SqliteFile): void {
  for (const { name, id } of file) {
    if (identify(name) === id) continue
    throw new Error(
      `the file ${name} was deleted or replaced while the server ran; restart the server to go on ` +
        'with the file that is there',
    )
  }
}

/** No other file gets this while the first one is open, even if the first one was deleted. */
function identify(name: string): string | undefined {
  const stats = statSync(name, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
