import { DatabaseSync } from 'node:sqlite'

/** A connection beside the server's, which waits for the server's transactions as another process does. */
export function openSqliteFile(path: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  return new DatabaseSync(path, { ...options, timeout: 10_000 })
}
