// Deletes expired records and gives their space back to the file system, in steps that writers hardly notice.
// Runs in the writer thread.

import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { INCREMENTAL } from './sqlite-database.ts'
import { explainDamage, isBusy } from './sqlite-errors.ts'

// A step takes a few ms. In the pause after it, the writes that came meanwhile are carried out, and another
// process can lock the file.
const RECORDS_A_STEP = 50
const PAGES_A_STEP = 64
const PAUSE_MS = 10
/** 1 MiB stays free for new records: to cut it off and to add it again would be work for nothing. */
const FREE_PAGES_KEPT = 256

export interface SqliteSweeper {
  /** Deletes the records that expired by `limitMs`. Call it again when it has ended. */
  sweep(limitMs: number): Promise<void>
}

export function createSqliteSweeper(options: {
  database: DatabaseSync
  path: string
}): SqliteSweeper {
  const { database, path } = options
  const deleteSome = database.prepare(`DELETE FROM records WHERE key IN
    (SELECT key FROM records WHERE expires_at_ms <= ? LIMIT ${RECORDS_A_STEP})`)
  const pragma = (name: string): number =>
    Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
  // A file of an earlier release has no list of its free pages, and keeps them until it is rebuilt.
  const canShrink = pragma('auto_vacuum') === INCREMENTAL

  const giveBack = (): boolean => {
    const spare = pragma('freelist_count') - FREE_PAGES_KEPT
    if (spare <= 0) return false
    database.exec(`PRAGMA incremental_vacuum(${Math.min(spare, PAGES_A_STEP)})`)
    return true
  }
  /** Repeats the step until it returns false. While another process has locked the file, it waits. */
  const repeat = async (step: () => boolean): Promise<void> => {
    while (database.isOpen && isWorkLeft(step)) await sleep(PAUSE_MS, undefined, { ref: false })
  }

  return {
    async sweep(limitMs) {
      try {
        await repeat(() => deleteSome.run(limitMs).changes === RECORDS_A_STEP)
        if (canShrink) await repeat(giveBack)
      } catch (error) {
        throw explainDamage(error, path)
      }
    },
  }
}

function isWorkLeft(step: () => boolean): boolean {
  try {
    return step()
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  }
}
