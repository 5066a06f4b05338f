// Copies the store while servers use it, where the backend has no means of its own.
import { AppError } from '../errors.ts'
import { findSqlitePath } from './open-store.ts'
import { backUpSqliteFile } from './sqlite/sqlite-backup.ts'

const BUSY_TIMEOUT_MS = 10_000

/**
 * @param options.target a new file
 * @returns false if the store is not an SQLite file
 * @throws AppError store_unavailable
 */
export async function backUpStore(options: { url: string; target: string }): Promise<boolean> {
  const { url, target } = options
  const path = findSqlitePath(url)
  if (path === undefined) return false
  try {
    await backUpSqliteFile({ path, target, busyTimeoutMs: BUSY_TIMEOUT_MS })
    return true
  } catch (cause) {
    throw new AppError('store_unavailable', { cause })
  }
}
